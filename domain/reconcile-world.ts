import type { OwnerMark, PullRequestRef } from './pull-request.ts';
import type { Phase } from './status.ts';

/** What one system listed, whole, or why it could not: then nothing at all is known of it. */
export type Listed<T> =
  | { readonly ok: true; readonly items: readonly T[] }
  | { readonly ok: false; readonly why: string };

/** What the operator configured, as far as the reaper minds it. */
export interface ReapScope {
  /** `platform.name`: only what carries it is ours. */
  readonly platform: string;
  /** As `owner/name`. */
  readonly repositories: readonly string[];
  readonly outsiders: 'approve' | 'never' | 'members';
  /** Without databases nobody asks Postgres. */
  readonly databases: boolean;
}

/** Everything that was seen in one run. Instants are epoch milliseconds. */
export interface ReapWorld {
  readonly scope: ReapScope;
  /** Ids of the workflows that Temporal lists as open previews; its lists lag. */
  readonly previews: Listed<string>;
  readonly pullRequests: readonly RepositoryListing[];
  readonly namespaces: Listed<SeenNamespace>;
  readonly databases: Listed<SeenDatabase>;
  readonly leases: Listed<SeenLease>;
  readonly pool: SeenPool;
}

/** Whether the pool of places has an open workflow. */
export type SeenPool = 'open' | 'closed' | 'unknown';

/** The open pull requests of one repository. */
export interface RepositoryListing {
  /** `owner/name`. */
  readonly repository: string;
  readonly list: Listed<SeenPullRequest>;
}

/** An open pull request. */
export interface SeenPullRequest {
  readonly ref: PullRequestRef;
  readonly sha: string;
  /** The platform starts a preview of it by itself (`start.ts`). */
  readonly startsByItself: boolean;
  /** Certainly an outsider's: from a fork or by a bot. Who else is one, the list does not say. */
  readonly outsider: boolean;
  /** When anything of it last changed, comments included. */
  readonly updatedAt: number;
}

/** A namespace with our label and a readable owner mark. */
export interface SeenNamespace {
  readonly name: string;
  readonly owner: OwnerMark;
  /** Null: the cluster did not say. */
  readonly createdAt: number | null;
  readonly terminating: boolean;
}

/** A database, a role, or both of one name, with a readable owner mark. */
export interface SeenDatabase {
  readonly name: string;
  readonly owner: OwnerMark;
  /** When the role was made; null: its mark does not say. */
  readonly createdAt: number | null;
}

/** A place that is held, or waited for. */
export interface SeenLease {
  readonly id: string;
  /** When it was given, or first asked for. */
  readonly since: number;
}

/** What Temporal says of one preview's workflow, asked by its id. */
export type DescribedPreview =
  /** No run is open, or there never was one. */
  | { readonly workflowId: string; readonly state: 'absent' }
  | {
      readonly workflowId: string;
      readonly state: 'open';
      /** Of the present run. */
      readonly startedAt: number;
      /** How often its present workflow task was tried; 0: none is pending. */
      readonly taskAttempt: number;
      /** Null before its first words. */
      readonly memo: SeenMemo | null;
    }
  | { readonly workflowId: string; readonly state: 'unknown'; readonly why: string };

/** What an open preview says of itself to readers without a worker. */
export interface SeenMemo {
  readonly phase: Phase;
  readonly reason: string;
  /** Null: none, or unreadable. */
  readonly deadline: number | null;
  readonly head: string | null;
  readonly holds: 'unknown' | 'yes' | 'no';
  readonly pullRequest: 'unknown' | 'open' | 'closed';
}

/** Every kind of thing that is found without a preview that looks after it. */
export const orphanKinds = ['namespace', 'database', 'pull-request', 'place'] as const;
export type OrphanKind = (typeof orphanKinds)[number];

/** Every way in which an open preview and the world disagree. */
export const misfitKinds = [
  'namespace-unheld',
  'database-unheld',
  'head-differs',
  'pull-request-closed',
  'pull-request-reopened',
  'past-deadline',
] as const;
export type MisfitKind = (typeof misfitKinds)[number];
