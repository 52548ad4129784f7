import type { CapacityStatus } from '../../domain/capacity-messages.ts';
import type { PullRequestRef } from '../../domain/pull-request.ts';
import { capacityWorkflowId, previewWorkflowId } from '../../domain/workflow-ids.ts';
import { capacityQuery } from '../../workflows/messages.ts';
import type { Scene } from './scene.ts';

/** What the scene's pool of places says of itself. */
export async function poolOf({ client, platform }: Scene): Promise<CapacityStatus> {
  return await client.workflow.getHandle(capacityWorkflowId(platform)).query(capacityQuery);
}

/** Leases and requests of one pull request; none when everything was given back. */
export function idsOf({ leases, queue }: CapacityStatus, ref: PullRequestRef): string[] {
  const own = `${previewWorkflowId(ref)}#`;
  return [...leases, ...queue].map(({ id }) => id).filter((id) => id.startsWith(own));
}
