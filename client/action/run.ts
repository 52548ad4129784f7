import * as core from '@actions/core';
import { describeStatus } from '../cli/describe.ts';
import type { CommentGitHub } from '../events/comment-git-hub.ts';
import { ClientError } from '../exit-codes.ts';
import { carryOut } from './carry-out.ts';
import type { Conclusion } from './conclusion.ts';
import { createGatewayWay } from './gateway-way.ts';
import type { ActionInputs } from './inputs.ts';
import { readInputs } from './inputs.ts';
import { complain, note, say, warn } from './log.ts';
import { requestOf } from './request.ts';
import type { RunFacts } from './run-facts.ts';
import { readRunFacts } from './run-facts.ts';
import { openTemporalWay } from './temporal-way.ts';
import type { OpenWay } from './way.ts';

/** GitHub by a token; empty where the job gives none. */
export type GitHubBy = (token: string) => CommentGitHub;

/** Runs the action as inputs and event say. @returns the exit code: 0, or 1 for a step that failed. */
export async function runAction(env: NodeJS.ProcessEnv, gitHubBy: GitHubBy): Promise<number> {
  const stop = new AbortController();
  const onStop = (): void => stop.abort();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, onStop);
  try {
    hideSecrets(env);
    return report(await run(env, gitHubBy, stop.signal));
  } catch (error) {
    return reportError(error);
  } finally {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.removeListener(signal, onStop);
  }
}

async function run(env: NodeJS.ProcessEnv, gitHubBy: GitHubBy, signal: AbortSignal): Promise<Conclusion> {
  const inputs = readInputs((name) => core.getInput(name), env);
  const facts = await readRunFacts(env);
  const request = requestOf(inputs, facts);
  if (request.kind === 'nothing') return { kind: 'different', message: `Nothing to do: ${request.reason}` };
  const way = await open(inputs, facts, gitHubBy);
  try {
    return await carryOut(request, { way, waitMs: inputs.waitMs, signal });
  } finally {
    await way.close();
  }
}

async function open(
  { way, gitHubToken }: ActionInputs,
  facts: RunFacts,
  gitHubBy: GitHubBy,
): Promise<OpenWay> {
  if (way.kind === 'gateway') return createGatewayWay(way);
  return await openTemporalWay({ env: way.env, facts, gitHub: gitHubBy(gitHubToken ?? ''), warn });
}

/** The runner masks what came from its secrets; this masks what came otherwise. */
function hideSecrets(env: NodeJS.ProcessEnv): void {
  const values = [
    core.getInput('github-token'),
    core.getInput('temporal-api-key'),
    env['TEMPORAL_API_KEY'],
    env['TEMPORAL_TLS_CLIENT_KEY_DATA'],
  ];
  for (const value of values) if (value) core.setSecret(value);
}

function report({ kind, message, status }: Conclusion): number {
  if (status !== undefined) for (const line of describeStatus(status).split('\n')) say(line);
  switch (kind) {
    case 'good':
      say(message);
      return 0;
    case 'different':
      note(message);
      return 0;
    case 'bad':
      complain(
        'Preview failed',
        `${message}\nMore is in the job's summary and in the pull request's comment.`,
      );
      return 1;
  }
}

/** A foreseen end is told in words; our own mistake comes with all that helps to find it. */
function reportError(error: unknown): number {
  if (error instanceof ClientError) complain('Preview', error.message);
  else
    complain(
      'A bug of pr-preview, please report it',
      error instanceof Error ? (error.stack ?? error.message) : String(error),
    );
  return 1;
}
