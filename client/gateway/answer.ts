import { ApplicationFailure } from '@temporalio/common';
import type { EventResult } from '../events/wire.ts';
import { ClientError } from '../exit-codes.ts';
import { RequestRefusal } from './refusal.ts';

/** What a request is answered with: JSON, and what is logged of it. */
export interface Answer {
  readonly status: number;
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** For the log beside method, path and status; no secrets, no bodies. */
  readonly about?: Readonly<Record<string, unknown>>;
  /** An error that nobody foresaw, for the log. */
  readonly bug?: unknown;
}

/** 202: a workflow has it; 200: there is nothing that anybody else would do. */
export function answerResult(result: EventResult): Answer {
  return { status: result.outcome === 'told' ? 202 : 200, body: result };
}

/** What an error is answered with. 5xx: nothing is certain to have been done, and the same may be sent again. */
export function answerError(error: unknown): Answer {
  if (error instanceof RequestRefusal) return refusal(error);
  if (error instanceof ClientError) {
    const code = error.code === 'workerSilent' ? 'worker-silent' : 'temporal-away';
    return refusal({ status: 503, code, headers: retryAfter(5), message: error.message });
  }
  if (error instanceof ApplicationFailure && error.type?.startsWith('GitHub')) {
    const wait = typeof error.nextRetryDelay === 'number' ? Math.ceil(error.nextRetryDelay / 1_000) : null;
    const headers = wait === null ? {} : retryAfter(wait);
    return refusal({
      status: wait === null ? 502 : 503,
      code: 'github-away',
      headers,
      message: error.message,
    });
  }
  const unforeseen = refusal({
    status: 500,
    code: 'bug',
    headers: {},
    message: 'this is our mistake; the log says more',
  });
  return { ...unforeseen, bug: error };
}

function refusal({
  status,
  code,
  headers,
  message,
}: Pick<RequestRefusal, 'status' | 'code' | 'headers' | 'message'>): Answer {
  return {
    status,
    headers,
    body: { error: { code, message } },
    about: { outcome: 'error', code, reason: message },
  };
}

function retryAfter(seconds: number): Record<string, string> {
  return { 'retry-after': String(seconds) };
}
