import { TypedSearchAttributes } from '@temporalio/common';
import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow';
import type {
  AcquireMessage,
  CapacityInput,
  CapacityStatus,
  PoolConfig,
  ReleaseMessage,
} from '../domain/capacity-messages.ts';
import type {
  ApproveAnswer,
  ApproveMessage,
  CloseMessage,
  ExtendAnswer,
  ImagesReadyMessage,
  LeaseMessage,
  PersonMessage,
  PushMessage,
  ReapMessage,
} from '../domain/messages.ts';
import type { CleanupBlocker } from '../domain/outcome.ts';
import type { PreviewInput } from '../domain/preview-input.ts';
import type { PullRequestRef } from '../domain/pull-request.ts';
import { formatRef } from '../domain/pull-request.ts';
import type { PreviewStatus } from '../domain/status.ts';
import { capacityWorkflowId, previewWorkflowId } from '../domain/workflow-ids.ts';
import { previewPr, previewRepo } from './search-attributes.ts';

export { previewPr, previewRepo } from './search-attributes.ts';

/** Task queue of workflows and activities alike. */
export const taskQueue = 'pr-preview';

/** Name under which the preview's workflow is registered; its id is `previewWorkflowId(ref)`. */
export const previewWorkflowType = 'preview';

/** Name under which a pool's workflow is registered; its id is `capacityWorkflowId(pool)`. */
export const capacityWorkflowType = 'capacity';

/** Name under which the reaper's workflow is registered. */
export const reapWorkflowType = 'reap';

/** A hint that there is a commit to serve. Starts a run where none is open. */
export const pushSignal = defineSignal<[PushMessage?]>('push');

/** The pull request was closed, or a person wants the preview gone. Starts a run where none is open. */
export const closeSignal = defineSignal<[CloseMessage?]>('close');

/** The reaper saw something that should not be. Starts a run where none is open. */
export const reapSignal = defineSignal<[ReapMessage?]>('reap');

/** CI says which digests it built for a commit, or that it did not build a service. */
export const imagesReadySignal = defineSignal<[ImagesReadyMessage]>('imagesReady');

/** A person stops the running or queued deploy. */
export const cancelSignal = defineSignal<[PersonMessage?]>('cancel');

/** A person wants the database dropped and made anew, and the commit deployed again. */
export const resetSignal = defineSignal<[PersonMessage?]>('reset');

/** What a person types for `extend`: `2d`, or with a name `{"duration": "2d", "by": "alice"}`. */
export type ExtendArgument = string | { readonly duration?: string | null; readonly by?: string | null };

/** Moves the deadline; for Temporal Web UI and scripts. */
export const extendSignal = defineSignal<[ExtendArgument?]>('extend');

/** Moves the deadline, and answers with the new one or refuses. */
export const extendUpdate = defineUpdate<ExtendAnswer, [ExtendArgument]>('extend');

/** Allows one commit of an outsider's pull request. Starts a run where none is open. */
export const approveUpdate = defineUpdate<ApproveAnswer, [ApproveMessage]>('approve');

/** From capacity: the place that was asked for, or where in the queue the request stands. */
export const leaseSignal = defineSignal<[LeaseMessage]>('lease');

/** From the cleanup child, once a round: what stands in the way. */
export const cleanupStuckSignal = defineSignal<[readonly CleanupBlocker[]]>('cleanupStuck');

/** The whole truth as plain data. */
export const statusQuery = defineQuery<PreviewStatus>('status');

/** To capacity: a place is wanted, or more is known of a request. Starts a run where none is open. */
export const acquireSignal = defineSignal<[AcquireMessage]>('acquire');

/** To capacity: a place, or a request for one, is given back. Starts a run where none is open. */
export const releaseSignal = defineSignal<[ReleaseMessage]>('release');

/** To capacity: another size. Starts a run where none is open. */
export const configureSignal = defineSignal<[PoolConfig]>('configure');

/** Who holds the places of a pool, and who waits for one. */
export const capacityQuery = defineQuery<CapacityStatus>('capacity');

/** Options of Temporal's client that every start of a preview's workflow has. */
export interface PreviewStart {
  readonly workflowId: string;
  readonly taskQueue: string;
  readonly args: [PreviewInput];
  readonly workflowIdConflictPolicy: 'USE_EXISTING';
  readonly workflowIdReusePolicy: 'ALLOW_DUPLICATE';
  readonly staticSummary: string;
  readonly staticDetails: string;
  readonly typedSearchAttributes: TypedSearchAttributes;
}

/**
 * How a preview's workflow is started, by whoever sends it its first message: never a second one beside one that
 * runs, and never by terminating one.
 *
 * @param gitHubUrl where GitHub's pages are, for the link in Temporal Web UI.
 */
export function previewStart(
  ref: PullRequestRef,
  { taskQueue, gitHubUrl }: { readonly taskQueue: string; readonly gitHubUrl: string },
): PreviewStart {
  const repository = `${ref.owner}/${ref.repository}`;
  const input: PreviewInput = { v: 1, ref, state: null };
  return {
    workflowId: previewWorkflowId(ref),
    taskQueue,
    args: [input],
    workflowIdConflictPolicy: 'USE_EXISTING',
    workflowIdReusePolicy: 'ALLOW_DUPLICATE',
    staticSummary: formatRef(ref).slice(0, 200),
    staticDetails: `Preview of [${formatRef(ref)}](${gitHubUrl}/${repository}/pull/${ref.number})`,
    typedSearchAttributes: new TypedSearchAttributes([
      { key: previewRepo, value: repository.toLowerCase() },
      { key: previewPr, value: ref.number },
    ]),
  };
}

/** Options of Temporal's client that every start of a pool's workflow has. */
export interface CapacityStart {
  readonly workflowId: string;
  readonly taskQueue: string;
  readonly args: [CapacityInput];
  readonly workflowIdConflictPolicy: 'USE_EXISTING';
  readonly workflowIdReusePolicy: 'ALLOW_DUPLICATE';
  readonly staticSummary: string;
}

/** How a pool's workflow is started, by whoever sends it its first message. One that runs keeps its configuration. */
export function capacityStart({
  pool,
  config,
  taskQueue,
}: {
  readonly pool: string;
  readonly config: PoolConfig;
  readonly taskQueue: string;
}): CapacityStart {
  return {
    workflowId: capacityWorkflowId(pool),
    taskQueue,
    args: [{ v: 1, pool, config, state: null }],
    workflowIdConflictPolicy: 'USE_EXISTING',
    workflowIdReusePolicy: 'ALLOW_DUPLICATE',
    staticSummary: `places for previews of ${pool}`.slice(0, 200),
  };
}
