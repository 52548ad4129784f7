/** A run of GitHub Actions, as GitHub itself vouches for it. */
export interface CiRun {
  /** `owner/name`. */
  readonly repository: string;
  readonly repositoryId: number;
  /** What started it: `push`, `pull_request`, … */
  readonly event: string;
  /** `refs/heads/main`, `refs/pull/7/merge`. */
  readonly ref: string;
  readonly sha: string;
  /** Who started it. */
  readonly actor: string;
  /** The workflow file that was started, and the one that holds the running job: another one where that is reusable. */
  readonly workflows: readonly WorkflowFile[];
}

export interface WorkflowFile {
  /** `owner/name`. */
  readonly repository: string;
  /** `.github/workflows/preview.yaml`. */
  readonly path: string;
  readonly ref: string;
}

/** What a run wants to say or to know. */
export type CiPurpose =
  | {
      readonly kind: 'event';
      readonly name: string;
      /** `owner/name` and id of the repository that the event is of. */
      readonly repository: string;
      readonly repositoryId: number;
      readonly number: number;
      /** The event says that the pull request was closed. */
      readonly closes: boolean;
    }
  | { readonly kind: 'images'; readonly number: number; readonly sha: string }
  | { readonly kind: 'wish' }
  | { readonly kind: 'status' };

export interface CiFacts {
  /** As GitHub has it now. */
  readonly repository: { readonly id: number; readonly defaultBranch: string };
  /** Workflow files that may speak; null: every one. */
  readonly workflowFiles: readonly string[] | null;
  /** The branch that the pull request which is spoken of shall go into, as GitHub has it now; null: not asked. */
  readonly baseBranch: string | null;
}

/** Runs of these take their workflow file from the default branch, and so from people who may write to it. */
const ofDefaultBranch = [
  'pull_request_target',
  'issue_comment',
  'workflow_run',
  'workflow_dispatch',
] as const;

const allowed: Readonly<Record<CiPurpose['kind'], readonly string[]>> = {
  event: ['pull_request', 'pull_request_target', 'issue_comment'],
  images: ['push', 'pull_request', 'pull_request_target', 'workflow_run', 'workflow_dispatch'],
  wish: ['workflow_dispatch'],
  status: ['push', 'pull_request', ...ofDefaultBranch],
};

/**
 * Why a run may not do what it wants, all reasons at once; none: it may. A run whose workflow file anybody with a branch
 * may change speaks for its own pull request, or its own commit, alone.
 */
export function faultsOfRun(run: CiRun, purpose: CiPurpose, facts: CiFacts): string[] {
  const { repository, workflowFiles } = facts;
  const events = allowed[purpose.kind];
  const own = run.repository.toLowerCase();
  const defaultRef = `refs/heads/${repository.defaultBranch}`;
  const refs = [...new Set([defaultRef, ...baseOfDispatch(run, purpose, facts)])];
  const faults: string[] = [];
  if (run.repositoryId !== repository.id)
    faults.push(`${run.repository} has the id ${repository.id} now, the token says ${run.repositoryId}`);
  if (!events.includes(run.event))
    faults.push(`a run of ${run.event} may not do this; runs of ${events.join(', ')} may`);
  if (ofDefaultBranch.some((event) => event === run.event) && !refs.includes(run.ref))
    faults.push(`a run of ${run.event} speaks on ${refs.join(' or ')} alone, not on ${run.ref}`);
  for (const { repository: holder, path, ref } of run.workflows) {
    if (holder.toLowerCase() !== own)
      faults.push(`the workflow ${holder}/${path} is not of ${run.repository}`);
    if (ref !== run.ref) faults.push(`the workflow ${path} is of ${ref}, its run of ${run.ref}`);
    if (workflowFiles !== null && !workflowFiles.includes(path))
      faults.push(`the workflow ${path} is not among those that may: ${workflowFiles.join(', ')}`);
  }
  return [...new Set([...faults, ...faultsOfPurpose(run, purpose, facts)])];
}

/** The pull request of which must be known whence it comes and where it goes, before a run is believed; null: none. */
export function originNeeded(
  run: CiRun,
  purpose: CiPurpose,
  { defaultBranch }: CiFacts['repository'],
): number | null {
  if (purpose.kind !== 'event' && purpose.kind !== 'images') return null;
  const elsewhere = run.ref !== `refs/heads/${defaultBranch}`;
  const needed = run.event === 'pull_request' || (elsewhere && isDispatchedBuild(run, purpose));
  return needed ? purpose.number : null;
}

/** The platform dispatches a build on the branch that the pull request shall go into. */
function baseOfDispatch(run: CiRun, purpose: CiPurpose, { baseBranch }: CiFacts): string[] {
  return isDispatchedBuild(run, purpose) && baseBranch !== null ? [`refs/heads/${baseBranch}`] : [];
}

function isDispatchedBuild(run: CiRun, purpose: CiPurpose): boolean {
  return purpose.kind === 'images' && run.event === 'workflow_dispatch';
}

/** The run of a pull request that was merged is, alone of its runs, one of the branch that it went into. */
function isMerge(run: CiRun, purpose: CiPurpose): boolean {
  return (
    purpose.kind === 'event' &&
    purpose.closes &&
    run.event === 'pull_request' &&
    run.ref.startsWith('refs/heads/')
  );
}

function faultsOfPurpose(run: CiRun, purpose: CiPurpose, { baseBranch }: CiFacts): string[] {
  const faults: string[] = [];
  if (purpose.kind === 'event' && purpose.name !== run.event)
    faults.push(`the run is of ${run.event}, the event is ${purpose.name}`);
  if (purpose.kind === 'event' && !isOf(purpose, run))
    faults.push(
      `the event is of ${purpose.repository} (${purpose.repositoryId}), the run of ${run.repository} (${run.repositoryId})`,
    );
  const numbered = purpose.kind === 'event' || purpose.kind === 'images';
  const merged = isMerge(run, purpose) && run.ref === `refs/heads/${baseBranch}`;
  if (numbered && run.event === 'pull_request' && !merged && run.ref !== `refs/pull/${purpose.number}/merge`)
    faults.push(`a run of pull_request on ${run.ref} does not speak for pull request ${purpose.number}`);
  if (purpose.kind === 'images' && run.event === 'push' && purpose.sha !== run.sha)
    faults.push(`a run of push speaks of its own commit ${run.sha} alone, not of ${purpose.sha}`);
  return faults;
}

function isOf({ repository, repositoryId }: CiPurpose & { kind: 'event' }, run: CiRun): boolean {
  return repositoryId === run.repositoryId && repository.toLowerCase() === run.repository.toLowerCase();
}
