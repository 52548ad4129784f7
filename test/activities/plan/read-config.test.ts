import { describe, expect, test } from 'vitest';
import type { ReadConfigInput, ReadConfigOutcome } from '../../../activities/plan/read-config.ts';
import { readConfig } from '../../../activities/plan/read-config.ts';
import type { PullRequest } from '../../../domain/pull-request.ts';
import { digest, platform } from '../../config/samples.ts';
import { pullRequest, ref, sha } from '../../domain/support.ts';
import { sourceOf, usual } from './source-of.ts';

const { signal } = new AbortController();

async function read(
  changes: Partial<ReadConfigInput> = {},
  { of = {}, platformText = '' }: { of?: Partial<PullRequest>; platformText?: string } = {},
): Promise<ReadConfigOutcome> {
  const input: ReadConfigInput = {
    ref,
    commit: sha(1),
    waitOver: false,
    reported: [],
    approved: false,
    place: null,
    ...changes,
  };
  const source = await sourceOf(usual);
  const readPullRequest = (): Promise<PullRequest> => Promise.resolve(pullRequest(of));
  return await readConfig({ platform: platform(platformText), source, readPullRequest }, input, signal);
}

describe("an outsider's pull request", () => {
  const outsiders: Partial<PullRequest>[] = [{ fromFork: true }, { authorCanWrite: false }];

  test.each(outsiders)('(%o) needs an approval', async (of) => {
    expect(await read({}, { of })).toMatchObject({
      outcome: 'approval-needed',
      reason: expect.stringMatching(/: somebody with write permission has to approve the commit$/) as string,
    });
  });

  test.each(outsiders)('(%o) goes on once approved, and stays an outsider’s: no secrets', async (of) => {
    expect(await read({ approved: true }, { of })).toMatchObject({
      outcome: 'read',
      inputs: { outsider: true, commit: sha(1) },
    });
  });

  test('gets its config from the base branch even when approved, wherever others get theirs', async () => {
    const platformText = 'access: {configFrom: head}\n';
    expect(await read({ approved: true }, { of: { fromFork: true }, platformText })).toMatchObject({
      inputs: { configCommit: sha(9) },
    });
    expect(await read({}, { platformText })).toMatchObject({ inputs: { configCommit: sha(1) } });
  });

  test.each([true, false])('is refused where the platform makes none, approved: %s', async (approved) => {
    const platformText = 'access: {outsiders: never}\n';
    const outcome = await read({ approved }, { of: { fromFork: true }, platformText });
    expect(outcome).toMatchObject({
      outcome: 'refused',
      failure: {
        type: 'RepositoryNotAllowed',
        summary: expect.stringContaining('approved or not') as string,
      },
    });
    expect(await read({}, { platformText })).toMatchObject({ outcome: 'read' });
  });

  test('that moved on is read again before anything is said of its approval', async () => {
    const of = { fromFork: true, head: { sha: sha(2), branch: 'x' } };
    expect(await read({ approved: true }, { of })).toMatchObject({ outcome: 'outdated' });
  });
});

describe('what a check is told', () => {
  test('goes into the requests for images, and the place into the inputs', async () => {
    const reported = [
      { service: 'ui', image: null, digest },
      { service: 'api', image: null, digest },
    ];
    expect(await read({ reported, waitOver: true, place: 'blue' })).toMatchObject({
      outcome: 'read',
      inputs: { place: 'blue' },
      requests: [{ service: 'ui', fresh: 'reported', reported: digest, notBuilt: false, waitOver: true }],
      problems: [],
      warnings: ['CI reported images of the service `api`, which `preview.yaml` does not have.'],
    });
  });
});
