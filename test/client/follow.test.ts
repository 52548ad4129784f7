import { describe, expect, it } from 'vitest';
import { ClientError } from '../../client/exit-codes.ts';
import type { Goal } from '../../client/follow.ts';
import { follow, followToEnd } from '../../client/follow.ts';
import type { PreviewReadings } from '../../client/preview-readings.ts';
import type { PreviewStatus } from '../../domain/status.ts';
import { plainReport } from '../../domain/failures.ts';
import { previewStatus, ref, sha } from '../domain/support.ts';

/** A preview that stands where the list says, one entry for each question; the last one for ever. */
function answers(
  list: readonly Partial<PreviewStatus>[],
  run: 'open' | 'closed' = 'open',
): Pick<PreviewReadings, 'status'> {
  let asked = 0;
  return {
    status: () => {
      const status = previewStatus(list[Math.min(asked, list.length - 1)]);
      asked += 1;
      return Promise.resolve({ kind: 'answered', run, status });
    },
  };
}

async function followed(
  client: Pick<PreviewReadings, 'status'>,
  goal: Goal = 'served',
): Promise<{ readonly end: PreviewStatus | ClientError; readonly seen: PreviewStatus[] }> {
  const seen: PreviewStatus[] = [];
  const onChange = (status: PreviewStatus): void => void seen.push(status);
  const end = await follow(client, ref, { goal, timeoutMs: 30_000, everyMs: 1, onChange }).catch(
    (error: unknown) => {
      if (error instanceof ClientError) return error;
      throw error;
    },
  );
  return { end, seen };
}

const queued = (position: number, expectedAt: number | null = null): Partial<PreviewStatus> => ({
  phase: 'queued',
  reason: 'waits for a place',
  liveCommit: null,
  queue: { position, expectedAt },
});

describe('following a preview', () => {
  it('goes on while it waits for images and for a place, and tells each number in the queue once', async () => {
    const images: Partial<PreviewStatus> = { phase: 'waiting-for-images', reason: 'waits for images' };
    const steps = [images, queued(3), queued(3), queued(3, 60_000), queued(2), queued(1), {}];
    const { end, seen } = await followed(answers(steps));
    expect(end).toMatchObject({ phase: 'ready' });
    expect(seen.map(({ phase, queue }) => `${phase} ${queue?.position ?? ''}`.trim())).toEqual([
      'waiting-for-images',
      'queued 3',
      'queued 2',
      'queued 1',
      'ready',
    ]);
  });

  it('does not believe a status that is older than what was asked', async () => {
    const { end } = await followed(answers([{ phase: 'failed', looking: true }, { phase: 'ready' }]));
    expect(end).toMatchObject({ phase: 'ready' });
  });

  it('waits while what was stopped is put back', async () => {
    const { end } = await followed(
      answers([{ phase: 'update-failed', settling: true }, { phase: 'update-failed' }]),
      'still',
    );
    expect(end).toMatchObject({ phase: 'update-failed', settling: false });
  });

  it.each([
    ['served', 'awaiting-approval', 'refused'],
    ['served', 'failed', 'refused'],
    ['served', 'update-failed', 'refused'],
    ['served', 'gone', 'refused'],
    ['gone', 'ready', 'refused'],
    ['gone', 'failed', 'refused'],
    ['gone', 'awaiting-approval', 'refused'],
    ['gone', 'gone', null],
    ['still', 'ready', null],
    ['still', 'update-failed', null],
    ['still', 'gone', null],
    ['still', 'failed', null],
    ['still', 'awaiting-approval', null],
  ] as const)('to be %s ends at %s (%s)', async (goal, phase, code) => {
    const failure = plainReport('ServiceFailed', 'pod ui-1 crashes');
    const { end } = await followed(
      answers([{ phase: 'deploying' }, { phase: 'cleaning-up' }, { phase, failure }]),
      goal,
    );
    if (code === null) return expect(end).toMatchObject({ phase });
    expect(end).toBeInstanceOf(ClientError);
    expect(end).toMatchObject({ code, message: `example/videocall#7: ${phase}: pod ui-1 crashes` });
  });

  it.each([
    ['served', 'refused'],
    ['gone', null],
    ['still', null],
  ] as const)('to be %s ends with its workflow', async (goal, code) => {
    const { end } = await followed(answers([{ phase: 'gone', reason: 'gone' }], 'closed'), goal);
    if (code === null) return expect(end).toMatchObject({ phase: 'gone' });
    expect(end).toMatchObject({ code, message: 'example/videocall#7: there is nothing to serve: gone' });
  });

  it('does not wait for a repository that GitHub does not show, but for a deploy to stop it does', async () => {
    const unread = { phase: 'checking', reason: 'reads', unread: 'GitHub does not show it' } as const;
    const served = await followed(answers([unread, { phase: 'ready' }]));
    expect(served.end).toMatchObject({
      code: 'refused',
      message: 'example/videocall#7: GitHub does not show it',
    });
    const still = await followed(answers([unread, { phase: 'ready' }]), 'still');
    expect(still.end).toMatchObject({ phase: 'ready' });
  });

  it('ends once another commit is asked for than the one that is waited for, and not before that is sure', async () => {
    const steps: Partial<PreviewStatus>[] = [
      { commit: sha(0), looking: true },
      { commit: sha(1), phase: 'deploying' },
      { commit: sha(2), phase: 'deploying' },
    ];
    const options = {
      goal: 'served',
      commit: sha(1),
      timeoutMs: 30_000,
      everyMs: 1,
      onChange: () => undefined,
    } as const;
    expect(await followToEnd(answers(steps), ref, options)).toMatchObject({
      kind: 'superseded',
      status: { commit: sha(2) },
    });
    await expect(follow(answers(steps), ref, options)).rejects.toMatchObject({
      code: 'refused',
      message: expect.stringMatching(/its head is \w{7}, not \w{7}, which was waited for/) as string,
    });
  });

  it('hands on where it came to, with the whole status', async () => {
    const failure = plainReport('ServiceFailed', 'pod ui-1 crashes');
    const options = { goal: 'served', timeoutMs: 30_000, everyMs: 1, onChange: () => undefined } as const;
    expect(await followToEnd(answers([{ phase: 'failed', failure }]), ref, options)).toMatchObject({
      kind: 'elsewhere',
      reason: 'failed: pod ui-1 crashes',
      status: { failure },
    });
  });

  it('has as much patience with a worker that never answered as it is told', async () => {
    let asked = 0;
    const silent = {
      status: () => {
        asked += 1;
        return Promise.resolve({ kind: 'silent', run: 'open', memo: null } as const);
      },
    };
    const options = { goal: 'served', timeoutMs: 30_000, everyMs: 1, onChange: () => undefined } as const;
    await expect(followToEnd(silent, ref, { ...options, patienceMs: 50 })).rejects.toMatchObject({
      code: 'workerSilent',
    });
    expect(asked).toBeGreaterThan(1);
  });
});
