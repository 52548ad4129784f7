import { proxyActivities } from '@temporalio/workflow';
import type { Activities } from '../../../activities/index.ts';
import type { CleanupInput } from '../../../workflows/cleanup.ts';

const { deleteNamespace, dropDatabase } = proxyActivities<Activities>({ startToCloseTimeout: '1m' });

/** The cleanup with its first two activities the other way round: what somebody might do who knows of no replay. */
export async function cleanup({ target }: CleanupInput): Promise<void> {
  await dropDatabase(target);
  await deleteNamespace(target);
}
