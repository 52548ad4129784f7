import { describe, expect, it } from 'vitest';
import type { CiFacts, CiPurpose, CiRun } from '../../domain/ci-run.ts';
import { faultsOfRun } from '../../domain/ci-run.ts';
import { sha } from './support.ts';

const facts: CiFacts = {
  repository: { id: 42, defaultBranch: 'main' },
  workflowFiles: null,
  baseBranch: null,
};
/** Of a pull request that shall go into another branch than the default one. */
const intoRelease: CiFacts = { ...facts, baseBranch: 'release' };

/** A run of a workflow file at the same ref. */
function run(event: string, ref: string, changes: Partial<CiRun> = {}): CiRun {
  const workflow = { repository: 'o/r', path: '.github/workflows/preview.yaml', ref };
  return {
    repository: 'o/r',
    repositoryId: 42,
    event,
    ref,
    sha: sha(1),
    actor: 'alice',
    workflows: [workflow, workflow],
    ...changes,
  };
}

const main = 'refs/heads/main';
const release = 'refs/heads/release';
const event = (name: string, changes: object = {}): CiPurpose => ({
  kind: 'event',
  name,
  repository: 'o/r',
  repositoryId: 42,
  number: 7,
  closes: false,
  ...changes,
});
const images: CiPurpose = { kind: 'images', number: 7, sha: sha(1) };

describe('a run of CI may', () => {
  it.each<[string, CiRun, CiPurpose]>([
    [
      'pass its event on, from the default branch',
      run('pull_request_target', main),
      event('pull_request_target'),
    ],
    ['pass a comment on, from the default branch', run('issue_comment', main), event('issue_comment')],
    ['speak for its own pull request', run('pull_request', 'refs/pull/7/merge'), event('pull_request')],
    [
      'be of a repository in other letters',
      run('issue_comment', main, { repository: 'O/R' }),
      event('issue_comment'),
    ],
    ['report images of the commit that was pushed', run('push', 'refs/heads/topic'), images],
    ['report images of its own pull request', run('pull_request', 'refs/pull/7/merge'), images],
    [
      'report images of any commit from the default branch',
      run('workflow_run', main),
      { ...images, sha: sha(9) },
    ],
    ['report images when it was dispatched', run('workflow_dispatch', main), { ...images, sha: sha(9) }],
    ['wish when a person started it', run('workflow_dispatch', main), { kind: 'wish' }],
    ['ask', run('push', 'refs/heads/topic'), { kind: 'status' }],
  ])('%s', (_, run, purpose) => {
    expect(faultsOfRun(run, purpose, facts)).toEqual([]);
  });

  it.each<[string, CiRun, CiPurpose]>([
    [
      'say that its pull request was merged, from the branch that it went into',
      run('pull_request', release),
      event('pull_request', { closes: true }),
    ],
    [
      'say that its pull request was closed without a merge',
      run('pull_request', 'refs/pull/7/merge'),
      event('pull_request', { closes: true }),
    ],
    [
      'report images when the platform dispatched it on the branch that the pull request shall go into',
      run('workflow_dispatch', release),
      images,
    ],
    ['report images from the default branch all the same', run('workflow_dispatch', main), images],
  ])('%s', (_, run, purpose) => {
    expect(faultsOfRun(run, purpose, intoRelease)).toEqual([]);
  });
});

describe('a run of CI may not', () => {
  const workflow = { repository: 'o/r', path: '.github/workflows/preview.yaml', ref: main };
  it.each<[string, [CiRun, CiPurpose], string]>([
    [
      'be of a repository that has another id now',
      [run('issue_comment', main, { repositoryId: 43 }), event('issue_comment', { repositoryId: 43 })],
      'o/r has the id 42 now, the token says 43',
    ],
    [
      'pass on what no preview follows from',
      [run('schedule', main), event('schedule')],
      'a run of schedule may not do this; runs of pull_request, pull_request_target, issue_comment may',
    ],
    [
      'wish because somebody pushed',
      [run('push', main), { kind: 'wish' }],
      'a run of push may not do this; runs of workflow_dispatch may',
    ],
    [
      'speak from another branch where it is of the default one',
      [run('issue_comment', 'refs/heads/evil'), event('issue_comment')],
      'a run of issue_comment speaks on refs/heads/main alone, not on refs/heads/evil',
    ],
    [
      'be dispatched from another branch',
      [run('workflow_dispatch', 'refs/heads/evil'), { kind: 'wish' }],
      'a run of workflow_dispatch speaks on refs/heads/main alone, not on refs/heads/evil',
    ],
    [
      'be of a workflow of another repository',
      [
        run('issue_comment', main, { workflows: [workflow, { ...workflow, repository: 'evil/r' }] }),
        event('issue_comment'),
      ],
      'the workflow evil/r/.github/workflows/preview.yaml is not of o/r',
    ],
    [
      'be of a workflow of another ref',
      [
        run('issue_comment', main, { workflows: [{ ...workflow, ref: 'refs/heads/evil' }] }),
        event('issue_comment'),
      ],
      'the workflow .github/workflows/preview.yaml is of refs/heads/evil, its run of refs/heads/main',
    ],
    [
      'pass on an event that is not its own',
      [run('pull_request_target', main), event('issue_comment')],
      'the run is of pull_request_target, the event is issue_comment',
    ],
    [
      'pass on an event of another repository',
      [run('issue_comment', main), event('issue_comment', { repository: 'o/other', repositoryId: 44 })],
      'the event is of o/other (44), the run of o/r (42)',
    ],
    [
      'speak for another pull request',
      [run('pull_request', 'refs/pull/8/merge'), event('pull_request')],
      'a run of pull_request on refs/pull/8/merge does not speak for pull request 7',
    ],
    [
      'report images of another pull request',
      [run('pull_request', 'refs/pull/8/merge'), images],
      'a run of pull_request on refs/pull/8/merge does not speak for pull request 7',
    ],
    [
      'report images of a commit that it was not pushed with',
      [run('push', 'refs/heads/topic'), { ...images, sha: sha(2) }],
      `a run of push speaks of its own commit ${sha(1)} alone, not of ${sha(2)}`,
    ],
  ])('%s', (_, [run, purpose], fault) => {
    expect(faultsOfRun(run, purpose, facts)).toEqual([fault]);
  });

  it.each<[string, [CiRun, CiPurpose], string]>([
    [
      'pass anything else on from the branch that its pull request shall go into',
      [run('pull_request', release), event('pull_request')],
      'a run of pull_request on refs/heads/release does not speak for pull request 7',
    ],
    [
      'report images from there as a run of pull_request',
      [run('pull_request', release), images],
      'a run of pull_request on refs/heads/release does not speak for pull request 7',
    ],
    [
      'say that a pull request into another branch was merged',
      [run('pull_request', main), event('pull_request', { closes: true })],
      'a run of pull_request on refs/heads/main does not speak for pull request 7',
    ],
    [
      'pass an event on from there that is of the default branch',
      [run('issue_comment', release), event('issue_comment')],
      'a run of issue_comment speaks on refs/heads/main alone, not on refs/heads/release',
    ],
    [
      'wish from there',
      [run('workflow_dispatch', release), { kind: 'wish' }],
      'a run of workflow_dispatch speaks on refs/heads/main alone, not on refs/heads/release',
    ],
    [
      'report images from a third branch',
      [run('workflow_dispatch', 'refs/heads/evil'), images],
      'a run of workflow_dispatch speaks on refs/heads/main or refs/heads/release alone, not on refs/heads/evil',
    ],
  ])('%s', (_, [run, purpose], fault) => {
    expect(faultsOfRun(run, purpose, intoRelease)).toEqual([fault]);
  });

  it('be of a workflow file that is not listed, if files are', () => {
    const listed = { ...facts, workflowFiles: ['.github/workflows/other.yaml'] };
    expect(faultsOfRun(run('issue_comment', main), event('issue_comment'), listed)).toEqual([
      'the workflow .github/workflows/preview.yaml is not among those that may: .github/workflows/other.yaml',
    ]);
    const both = { ...facts, workflowFiles: ['.github/workflows/preview.yaml'] };
    expect(faultsOfRun(run('issue_comment', main), event('issue_comment'), both)).toEqual([]);
  });

  it('do anything with several faults without hearing of all of them', () => {
    const faulty = run('schedule', 'refs/heads/evil', { repositoryId: 43 });
    expect(faultsOfRun(faulty, event('issue_comment'), facts)).toHaveLength(4);
  });
});
