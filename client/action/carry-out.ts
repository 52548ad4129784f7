import type { PullRequestRef } from '../../domain/pull-request.ts';
import { describeChange } from '../cli/describe.ts';
import type { EventResult } from '../events/wire.ts';
import { ClientError } from '../exit-codes.ts';
import type { FollowEnd, Goal } from '../follow.ts';
import { followToEnd } from '../follow.ts';
import type { PreviewReading } from '../preview-readings.ts';
import type { Conclusion } from './conclusion.ts';
import { conclude } from './conclusion.ts';
import { say, warn } from './log.ts';
import { publish } from './publish.ts';
import type { ActionRequest } from './request.ts';
import type { OpenWay } from './way.ts';

type Sending = ActionRequest & { readonly kind: 'send' };
type Told = EventResult & { readonly outcome: 'told' };

export interface CarryOutContext {
  readonly way: OpenWay;
  /** How long it is waited, in milliseconds; null: no longer than it takes to send it. */
  readonly waitMs: number | null;
  /** Aborts when GitHub cancels the job. */
  readonly signal: AbortSignal;
}

/** Sends a request, waits for what it comes to where that is asked, and writes outputs and summary. */
export async function carryOut(request: Sending, context: CarryOutContext): Promise<Conclusion> {
  const result = await context.way.send(request.body);
  switch (result.outcome) {
    case 'ignored':
      return { kind: 'different', message: `Nothing to do: ${result.reason}` };
    case 'answered':
      return {
        kind: 'good',
        message: `${result.pullRequest}: /preview ${result.command} is answered in a comment`,
      };
    case 'refused':
      // who gave a command in a comment has the answer there
      if (request.body.kind !== 'event') throw new ClientError('refused', result.reason);
      warn(`${result.pullRequest}: ${result.reason}`);
      return { kind: 'good', message: `${result.pullRequest}: refused` };
    case 'told':
      return await afterwards(result, request, context);
  }
}

/** What each message should come to; null: nothing that is worth to wait for. */
const goals: Readonly<Record<Told['message'], Goal | null>> = {
  push: 'served',
  reset: 'served',
  approve: 'served',
  imagesReady: 'served',
  close: 'gone',
  cancel: 'still',
  extend: null,
};

async function afterwards(told: Told, request: Sending, context: CarryOutContext): Promise<Conclusion> {
  const { message, pullRequest, workflowId } = told;
  const goal = goals[message];
  say(`${pullRequest}: ${message} is with the workflow ${workflowId}`);
  if (context.waitMs === null || goal === null) return await lookOnce(told, request.ref, context);
  const { ref, commit, body } = request;
  const end = await follow(told, { ref, commit, goal }, { ...context, waitMs: context.waitMs });
  return conclude(end, { goal, commit, commanded: body.kind !== 'event' });
}

/** What is known just now: it is durable, so that nothing of this can fail the run. */
async function lookOnce(
  { pullRequest, workflowId }: Told,
  ref: PullRequestRef,
  { way }: CarryOutContext,
): Promise<Conclusion> {
  try {
    const reading = await way.status(ref);
    await publish(reading, workflowId);
    return { kind: 'good', message: `${pullRequest}: ${standing(reading)}` };
  } catch (error) {
    if (!(error instanceof ClientError)) throw error;
    await publish({ kind: 'absent' }, workflowId);
    return {
      kind: 'good',
      message: `${pullRequest}: accepted; how it stands is not known: ${error.message}`,
    };
  }
}

function standing(reading: PreviewReading): string {
  switch (reading.kind) {
    case 'absent':
      return 'accepted';
    case 'silent':
      return 'accepted; no worker answers just now, it begins as soon as one does';
    case 'answered':
      return reading.status.looking === true ? 'reads the pull request' : reading.status.reason;
  }
}

async function follow(
  { workflowId }: Told,
  {
    ref,
    commit,
    goal,
  }: { readonly ref: PullRequestRef; readonly commit: string | null; readonly goal: Goal },
  { way, waitMs, signal }: CarryOutContext & { readonly waitMs: number },
): Promise<FollowEnd> {
  let last: PreviewReading = { kind: 'absent' };
  const asked = {
    status: async (ref: PullRequestRef) => {
      last = await way.status(ref);
      return last;
    },
  };
  try {
    return await followToEnd(asked, ref, {
      goal,
      commit: goal === 'served' ? commit : null,
      timeoutMs: waitMs,
      everyMs: way.everyMs,
      // a worker that is just being replaced is no reason to fail a run
      patienceMs: 60_000,
      onChange: (status) => say(describeChange(status)),
      signal,
    });
  } finally {
    await publish(last, workflowId);
  }
}
