import { ApplicationFailure } from '@temporalio/common';
import { Client, Connection } from '@temporalio/client';
import { DefaultLogger, Runtime } from '@temporalio/worker';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ReapAction } from '../../../domain/reconcile.ts';
import type { DescribedPreview } from '../../../domain/reconcile-world.ts';
import { previewWorkflowId } from '../../../domain/workflow-ids.ts';
import { sha } from '../../domain/support.ts';
import { until, withWorker } from '../../workflows/environment.ts';
import { createFakeWorld, fakeActivities } from '../../workflows/fake-world.ts';
import type { Fixture } from './fixture.ts';
import { createFixture } from './fixture.ts';

let fixture: Fixture;
beforeAll(async () => {
  // the task that fails on purpose is not told of
  Runtime.install({ logger: new DefaultLogger('ERROR', () => undefined) });
  fixture = await createFixture();
});
afterAll(async () => {
  await fixture.close();
});

async function described(number: number): Promise<DescribedPreview> {
  const workflowIds = [previewWorkflowId(fixture.ref(number))];
  const [answer, ...more] = await fixture.run.describePreviews({ workflowIds });
  expect(more).toEqual([]);
  if (answer === undefined) throw new Error('nothing was described');
  return answer;
}

/** Names of the signals that a preview's present run was sent, with their first argument. */
async function received(number: number): Promise<[name: string, argument: unknown][]> {
  const { events } = await fixture.client.workflow
    .getHandle(previewWorkflowId(fixture.ref(number)))
    .fetchHistory();
  return (events ?? []).flatMap(({ workflowExecutionSignaledEventAttributes: signal }) => {
    const data = signal?.input?.payloads?.[0]?.data;
    const argument: unknown = data ? JSON.parse(Buffer.from(data).toString()) : undefined;
    return signal ? [[signal.signalName ?? '', argument] as [string, unknown]] : [];
  });
}

/** A client of a Temporal that is not there. */
function nowhere(): Client {
  return new Client({ connection: Connection.lazy({ address: '127.0.0.1:1' }) });
}

describe('the list of open previews', () => {
  it("has those of this worker's queue that are open, and no others", async () => {
    const mine = await fixture.open(1);
    const over = await fixture.open(2);
    await over.terminate();
    await fixture.open(3, { taskQueue: `${fixture.taskQueue}-of-another-platform` });
    await until(
      async () => await fixture.run.listOpenPreviews(),
      (ids) => ids.length === 1 && ids[0] === mine.workflowId,
      'the list',
    );
  });

  it('fails as a whole when Temporal does not answer', async () => {
    const failing = fixture.runWith({ workflows: nowhere().workflow }).listOpenPreviews();
    await expect(failing).rejects.toBeInstanceOf(ApplicationFailure);
    await expect(failing).rejects.toMatchObject({ type: 'TemporalUnavailable' });
  });
});

describe('a described preview', () => {
  it('is open, with what it says of itself', async () => {
    const memo = { phase: 'ready', reason: 'serves', deadline: '2026-11-26T12:00:00.000Z', holds: 'yes' };
    await fixture.open(11, { memo: { ...memo, head: sha(1), pullRequest: 'open' } });
    expect(await described(11)).toMatchObject({
      state: 'open',
      taskAttempt: 1,
      memo: { ...memo, deadline: Date.UTC(2026, 10, 26, 12), head: sha(1), pullRequest: 'open' },
    });
  });

  it('says nothing of itself before its first words', async () => {
    await fixture.open(12);
    expect(await described(12)).toMatchObject({ state: 'open', memo: null });
  });

  it('is absent when it was terminated, and when it never was', async () => {
    await (await fixture.open(13)).terminate();
    expect(await described(13)).toMatchObject({ state: 'absent' });
    expect(await described(14)).toMatchObject({ state: 'absent' });
  });

  it('shows how often its workflow task has failed', async () => {
    const { taskQueue } = fixture;
    const workflowId = previewWorkflowId(fixture.ref(15));
    await fixture.client.workflow.start('a type that no worker knows', { workflowId, taskQueue });
    await withWorker(
      { activities: fakeActivities(createFakeWorld(fixture.ref(15))), taskQueue },
      async () => {
        await until(
          async () => await described(15),
          (answer) => answer.state === 'open' && answer.taskAttempt > 1,
          'a task that fails again and again',
        );
      },
    );
  });

  it('is unknown when Temporal does not answer for it', async () => {
    const workflowIds = [16, 17].map((number) => previewWorkflowId(fixture.ref(number)));
    const run = fixture.runWith({ workflows: nowhere().workflow });
    const answers = await run.describePreviews({ workflowIds });
    expect(answers).toHaveLength(2);
    for (const answer of answers)
      expect(answer).toMatchObject({
        state: 'unknown',
        why: expect.stringMatching(/^Temporal did not describe preview:/) as string,
      });
  });

  it('is one of many, each asked for once', async () => {
    const workflowIds = Array.from({ length: 100 }, (_, index) =>
      previewWorkflowId({ owner: 'example', repository: fixture.name, number: 1_000 + index }),
    );
    const answers = await fixture.run.describePreviews({ workflowIds });
    expect(answers.map(({ workflowId }) => workflowId).sort()).toEqual(workflowIds.toSorted());
  });
});

describe('what is told', () => {
  const cleanUp = (number: number): ReapAction => ({
    kind: 'clean-up',
    workflowId: previewWorkflowId(fixture.ref(number)),
    ref: fixture.ref(number),
    found: { namespace: 'preview-1', database: null, repositoryId: 42 },
    why: 'it is left',
  });

  it('starts a preview that cleans up what was found, and one only when it is told twice', async () => {
    expect(await fixture.run.tellPreview(cleanUp(21))).toEqual({ told: true });
    const { runId } = await fixture.client.workflow.getHandle(cleanUp(21).workflowId).describe();
    expect(await fixture.run.tellPreview(cleanUp(21))).toEqual({ told: true });
    const after = await fixture.client.workflow.getHandle(cleanUp(21).workflowId).describe();
    expect(after).toMatchObject({ runId, type: 'preview', taskQueue: fixture.taskQueue });
    const found = { namespace: 'preview-1', database: null, repositoryId: 42 };
    expect(await received(21)).toEqual([
      ['reap', { found }],
      ['reap', { found }],
    ]);
  });

  it('starts a preview at the head of a pull request', async () => {
    const ref = fixture.ref(22);
    const workflowId = previewWorkflowId(ref);
    await fixture.run.tellPreview({ kind: 'push', workflowId, ref, sha: sha(5), why: 'it is open' });
    expect(await received(22)).toEqual([['push', { sha: sha(5), reason: 'event' }]]);
  });

  it('lets an open preview look again, and starts none where it has ended', async () => {
    const handle = await fixture.open(23);
    const { workflowId } = handle;
    const found = { namespace: 'app-23', database: null, repositoryId: 7 };
    const look: ReapAction = { kind: 'look', workflowId, ref: fixture.ref(23), found, why: 'it differs' };
    expect(await fixture.run.tellPreview(look)).toEqual({ told: true });
    expect(await received(23)).toEqual([['reap', { found }]]);
    await handle.terminate();
    expect(await fixture.run.tellPreview(look)).toEqual({ told: false });
    expect(await described(23)).toMatchObject({ state: 'absent' });
  });

  it('fails for another try when Temporal does not answer', async () => {
    const failing = fixture.runWith({ workflows: nowhere().workflow }).tellPreview(cleanUp(24));
    await expect(failing).rejects.toBeInstanceOf(ApplicationFailure);
    await expect(failing).rejects.toMatchObject({ type: 'TemporalUnavailable', nonRetryable: false });
  });
});
