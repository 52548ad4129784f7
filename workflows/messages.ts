import { defineQuery, defineSignal } from '@temporalio/workflow';
import type { PushMessage } from '../domain/messages.ts';
import type { CleanupBlocker } from '../domain/outcome.ts';
import type { PreviewStatus } from '../domain/status.ts';

/** Task queue of workflows and activities alike. */
export const taskQueue = 'pr-preview';

/** Name under which the preview's workflow is registered; its id is `previewWorkflowId(ref)`. */
export const previewWorkflowType = 'preview';

/** A hint that there is a commit to serve. Starts a run where none is open. */
export const pushSignal = defineSignal<[PushMessage?]>('push');

/** The pull request was closed, or a person wants the preview gone. Starts a run where none is open. */
export const closeSignal = defineSignal('close');

/** From the cleanup child, once a round: what stands in the way. */
export const cleanupStuckSignal = defineSignal<[readonly CleanupBlocker[]]>('cleanupStuck');

/** The whole truth as plain data. */
export const statusQuery = defineQuery<PreviewStatus>('status');
