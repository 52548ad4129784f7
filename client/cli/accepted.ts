import type { PullRequestRef } from '../../domain/pull-request.ts';
import { formatRef } from '../../domain/pull-request.ts';
import type { Goal } from '../follow.ts';
import { follow } from '../follow.ts';
import type { PreviewClient, Sent } from '../preview-client.ts';
import type { CommandContext, CommandResult } from './command.ts';
import { describeChange, describeStatus } from './describe.ts';

/** What was sent to whom, and what it should come to. */
export interface Message {
  readonly ref: PullRequestRef;
  readonly send: (client: PreviewClient) => Promise<Sent>;
  readonly goal: Goal;
  /** The commit that is to be served; null: any. */
  readonly commit?: string | null;
  /** Milliseconds to wait for that; null: no longer than it takes to send it. */
  readonly waitMs: number | null;
}

/** Sends a message that Temporal keeps, and with `--wait` follows the preview to what was asked. */
export async function sendAndFollow(
  client: PreviewClient,
  { ref, send, goal, commit = null, waitMs }: Message,
  { progress, signal }: CommandContext,
): Promise<CommandResult> {
  const sent = await send(client);
  if (waitMs === null) return await describeAccepted(client, ref, sent);
  progress(`${formatRef(ref)}: accepted as ${sent.workflowId}`);
  const status = await follow(client, ref, {
    goal,
    commit,
    timeoutMs: waitMs,
    onChange: (status) => progress(describeChange(status)),
    signal,
  });
  return { code: 'ok', json: { ...sent, accepted: true, status }, text: describeStatus(status) };
}

/** What is told of a message that Temporal keeps: also without a worker, it is not lost. */
async function describeAccepted(
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
