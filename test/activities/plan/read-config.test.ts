import { describe, expect, test } from 'vitest';
import type { ReadConfigInput, ReadConfigOutcome } from '../../../activities/plan/read-config.ts';
import { failure } from '../../../activities/failure.ts';
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
  const isByMember = ({ author }: { author: string }): Promise<boolean> =>
    author === 'denied'
      ? Promise.reject(failure('GitHubDenied', 'members: read is needed'))
      : Promise.resolve(author === 'mia');
  const dependencies = { platform: platform(platformText), source, readPullRequest, isByMember };
  return await readConfig(dependencies, input, signal);
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
        type: 'PreviewNotAllowed',
        summary: expect.stringContaining('approved or not') as string,
      },
    });
    expect(await read({}, { platformText })).toMatchObject({ outcome: 'read' });
  });

  test('passes unapproved where it is a member’s and the platform lets members, and stays an outsider’s', async () => {
    const platformText = 'access: {outsiders: members}\n';
    const byMember = { fromFork: true, author: 'mia' };
    expect(await read({}, { of: byMember, platformText })).toMatchObject({
      outcome: 'read',
      inputs: { outsider: true },
    });
    expect(await read({}, { of: { fromFork: true }, platformText })).toMatchObject({
      outcome: 'approval-needed',
    });
    expect(await read({}, { of: byMember })).toMatchObject({ outcome: 'approval-needed' });
    expect(await read({}, { of: { ...byMember, author: 'denied' }, platformText })).toMatchObject({
      outcome: 'approval-needed',
      reason: expect.stringContaining('could not be seen: members: read is needed') as string,
    });
  });

  test('that moved on is read again before anything is said of its approval', async () => {
    const of = { fromFork: true, head: { sha: sha(2), branch: 'x' } };
    expect(await read({ approved: true }, { of })).toMatchObject({ outcome: 'outdated' });
  });
});

describe('a pull request onto a branch that the platform does not take', () => {
  test('is refused, and one onto another is not', async () => {
    const platformText = 'access: {bases: [main]}\n';
    const of = { base: { branch: 'evil' } };
    expect(await read({}, { of, platformText })).toMatchObject({
      outcome: 'refused',
      failure: { type: 'PreviewNotAllowed', summary: expect.stringContaining('`access.bases`') as string },
    });
    expect(await read({}, { platformText })).toMatchObject({ outcome: 'read' });
    expect(await read({}, { of })).toMatchObject({ outcome: 'read' });
  });
});

describe('a draft', () => {
  const of = { draft: true };

  test('that somebody asked for is made a preview, unless the platform makes none of drafts', async () => {
    expect(await read({}, { of })).toMatchObject({ outcome: 'read' });
    const platformText = 'access: {drafts: never, outsiders: never}\n';
    expect(await read({}, { of: { ...of, fromFork: true }, platformText })).toMatchObject({
      outcome: 'refused',
      failure: {
        type: 'PreviewNotAllowed',
        problems: [
          { message: expect.stringContaining('mark it as ready') as string },
          { message: expect.stringContaining('makes no previews for outsiders') as string },
        ],
      },
    });
    expect(await read({}, { platformText })).toMatchObject({ outcome: 'read' });
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
