import type { FailureReport, Problem } from './failures.ts';
import type { BuildWorkflow, ImageRequest, OwnImage } from './image.ts';
import type { PlannedLifetime, PlanReference, PreviewNames } from './plan.ts';
import type { PullRequest, PullRequestRef } from './pull-request.ts';

/** What `check` found. */
export type CheckOutcome =
  | {
      readonly outcome: 'ready';
      readonly plan: CheckedPlan;
      readonly warnings: readonly string[];
      readonly exists: PreviewExists;
    }
  /** Everything is well but for images that may still come. */
  | {
      readonly outcome: 'images-missing';
      readonly missing: readonly MissingImage[];
      /** What to ask the registry again. */
      readonly requests: readonly ImageRequest[];
      /** How long the platform lets a preview wait for its images, counted from the first check that missed them. */
      readonly waitMs: number;
      /** Started for them, if it was not yet; null: nobody but CI itself starts a build. */
      readonly build: BuildWorkflow | null;
      readonly failure: FailureReport;
      readonly warnings?: readonly string[];
      readonly exists: PreviewExists;
    }
  /** The warnings may be what explains the failure; absent where nothing was rendered. */
  | {
      readonly outcome: 'refused';
      readonly failure: FailureReport;
      readonly warnings?: readonly string[];
      readonly exists: PreviewExists;
    }
  /** The pull request is an outsider's, and the platform wants somebody's word first. */
  | { readonly outcome: 'approval-needed'; readonly reason: string }
  /** The pull request moved or closed meanwhile; the entity looks again. */
  | { readonly outcome: 'outdated'; readonly pullRequest: PullRequest | null }
  | { readonly outcome: 'stopped' };

/**
 * Whether a namespace or a database that is this preview's was there when the check looked; null: it did not come to
 * looking.
 */
export type PreviewExists = boolean | null;

/** A plan that was checked, as the workflows know it: everything but values and charts. */
export interface CheckedPlan {
  readonly reference: PlanReference;
  readonly names: PreviewNames;
  readonly owner: PlanOwner;
  readonly services: readonly CheckedService[];
  readonly lifetime: PlannedLifetime;
  /** The namespace's quota holds the surges of all services at once; false: changed services go one after another. */
  readonly surgesFit: boolean;
  /** To be deleted some time after the pull request is closed; none where the platform deletes nothing. */
  readonly ownImages: readonly OwnImage[];
  /** How long that is, in milliseconds. */
  readonly keepImagesMs: number;
}

export interface PlanOwner {
  readonly platform: string;
  readonly repositoryId: number;
}

export interface CheckedService {
  readonly name: string;
  readonly release: string;
  /** Source, version and tree or archive hash: a change means Helm has work to do. */
  readonly chart: string;
  readonly needs: readonly string[];
  readonly needsDatabase: boolean;
  readonly url: string | null;
  readonly timeoutMs: number;
  /** Its old pod is away while the new one starts: a StatefulSet, or a Deployment with strategy Recreate. */
  readonly interrupted: boolean;
}

export interface MissingImage {
  readonly service: string;
  readonly image: string;
  readonly repository: string;
  readonly tag: string;
  readonly reason: 'missing' | 'other-commit';
  /** Commit the tag is of, when it is another's. */
  readonly foundCommit: string | null;
}

/** The last deploy that was verified; enough to make it again. */
export interface LivePlan {
  readonly plan: CheckedPlan;
  /** Epoch milliseconds. */
  readonly verifiedAt: number;
}

/** What `deploy` came to. */
export type DeployOutcome =
  | { readonly outcome: 'verified'; readonly verifiedAt: number; readonly notes: readonly string[] }
  | {
      readonly outcome: 'failed';
      readonly failure: FailureReport;
      /** Services whose release was, or may have been, changed. */
      readonly touched: readonly string[];
      /** An update that failed and was put back; false when putting back failed too. Null for a first deploy. */
      readonly restored: boolean | null;
      readonly notes: readonly string[];
    }
  /** Another worker, or another version, makes another plan of the same inputs: to be checked again. */
  | {
      readonly outcome: 'plan-changed';
      /** Services whose release was, or may have been, changed; absent in what older versions wrote. */
      readonly touched?: readonly string[];
    }
  | { readonly outcome: 'stopped'; readonly touched: readonly string[] };

/** Progress of one service during a deploy. */
export interface ServiceProgress {
  readonly service: string;
  readonly state: 'waiting' | 'installing' | 'starting' | 'ready' | 'failed';
  readonly detail: string;
}

/** One thing cleanup took away and read back. */
export interface ReceiptItem {
  readonly kind: 'namespace' | 'database' | 'role' | 'github-deployment';
  readonly name: string;
  /**
   * `absent`: read back as gone. `foreign`: there, but not ours; never touched. `present`: still there; no receipt is
   * made of it. `unknown`: its system refuses to say, for good.
   */
  readonly state: 'absent' | 'foreign' | 'present' | 'unknown';
  readonly detail: string;
}

/** What cleanup read back as absent, item by item. */
export interface Receipt {
  readonly items: readonly ReceiptItem[];
  /** Whether anything of ours was there when cleanup began; false: nothing to tell anybody. */
  readonly found: boolean;
  /** Epoch milliseconds of the reading. */
  readonly readAt: number;
  /** Redacted last words of what was taken away: log tails and events, for the comment. */
  readonly evidence: readonly string[];
}

/** What must be taken away: known by names alone, so that it works when nothing else is known. */
export interface CleanupTarget {
  readonly namespace: string;
  readonly database: string | null;
  readonly platform: string;
  /** Null when it is not known (an entity that never read the pull request). */
  readonly repositoryId: number | null;
  readonly owner: string;
  readonly repository: string;
  readonly number: number;
}

/** What stands in the way of a cleanup just now. */
export interface CleanupBlocker {
  readonly step: 'namespace' | 'database' | 'github';
  readonly problem: Problem;
}

/** What GitHub's deployment record is to say. */
export interface DeploymentReport {
  /** Commit the deployment is of. */
  readonly sha: string;
  readonly state: 'queued' | 'in_progress' | 'success' | 'failure' | 'inactive';
  readonly environmentUrl: string | null;
  /** Workflow whose page in Temporal Web UI is the log. */
  readonly workflowId: string;
  /** At most 140 characters. */
  readonly description: string;
}

/** One report to a pull request. */
export interface ReportInput {
  readonly ref: PullRequestRef;
  /** Markdown of the sticky comment, without its marker. */
  readonly body: string;
  /** Null leaves the deployment record alone. */
  readonly deployment: DeploymentReport | null;
}
