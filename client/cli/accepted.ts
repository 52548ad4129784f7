import type { PullRequestRef } from '../../domain/pull-request.ts';
import { formatRef } from '../../domain/pull-request.ts';
import type { PreviewClient, Sent } from '../preview-client.ts';
import type { CommandResult } from './command.ts';

/** What is told of a message that Temporal keeps: also without a worker, it is not lost. */
export async function describeAccepted(
  client: PreviewClient,
  ref: PullRequestRef,
  sent: Sent,
): Promise<CommandResult> {
  const reading = await client.status(ref);
  const answered = reading.kind === 'answered';
  const status = answered ? reading.status : null;
  const worker = answered ? 'answers' : 'silent';
  const next = answered
    ? `see: preview status ${formatRef(ref)}`
    : 'no worker answers just now; it begins as soon as one does';
  return {
    code: 'ok',
    json: { ...sent, accepted: true, worker, status },
    text: `${formatRef(ref)}: accepted as ${sent.workflowId}; ${next}`,
  };
}
