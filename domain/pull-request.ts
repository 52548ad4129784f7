/** Which pull request a preview belongs to, spelled as GitHub spells it. */
export interface PullRequestRef {
  readonly owner: string;
  readonly repository: string;
  /** The pull request's number: an integer from 1. */
  readonly number: number;
}

/** What GitHub says of a pull request at one moment. */
export interface PullRequest {
  readonly ref: PullRequestRef;
  /** GitHub's numeric id of the repository: survives renames. */
  readonly repositoryId: number;
  readonly state: 'open' | 'closed';
  readonly merged: boolean;
  readonly draft: boolean;
  readonly title: string;
  /** Login of the person or bot who opened it. */
  readonly author: string;
  /** True when the head lies in another repository, or when that repository is gone. */
  readonly fromFork: boolean;
  /** True when the author may write to the repository and is no bot. */
  readonly authorCanWrite: boolean;
  /** True when the platform starts a preview of it by itself (`start.ts`); else only a command does. */
  readonly startsByItself: boolean;
  readonly head: { readonly sha: string; readonly branch: string };
  readonly base: { readonly branch: string };
  /** Page of the pull request for people. */
  readonly url: string;
}

/** The part of a pull request that templates may name as `pr.*`. */
export interface TemplatePullRequest {
  readonly number: number;
  readonly author: string;
  readonly branch: string;
  readonly draft: boolean;
}

/** Whose a thing is: written as JSON on namespace, database and role under `pr-preview.io/owner`. */
export interface OwnerMark {
  /** `name` of the platform config. */
  readonly platform: string;
  readonly repositoryId: number;
  readonly owner: string;
  readonly repository: string;
  readonly number: number;
}

/** An outsider is somebody without write permission, a bot, or anybody who comes from a fork. */
export function isOutsider(pullRequest: Pick<PullRequest, 'fromFork' | 'authorCanWrite'>): boolean {
  return pullRequest.fromFork || !pullRequest.authorCanWrite;
}

/** `owner/repository#number`, for people and logs. */
export function formatRef(ref: PullRequestRef): string {
  return `${ref.owner}/${ref.repository}#${ref.number}`;
}
