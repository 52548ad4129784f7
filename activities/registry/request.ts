import { setTimeout as sleep } from 'node:timers/promises';
import { failure } from '../failure.ts';

/** What registries are asked; each may be repeated. */
export type Method = 'GET' | 'HEAD' | 'DELETE';

/** One answer of a registry, its body read. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Buffer;
}

export interface Request {
  readonly url: string;
  readonly method: Method;
  readonly headers: Readonly<Record<string, string>>;
}

/** Sends one request; throws failure `RegistryUnavailable` after a few tries, `signal.reason` when aborted. */
export type Send = (request: Request, signal: AbortSignal) => Promise<Answer>;

const timeoutMs = 20_000;
const tries = 4;
/** A registry that wants to be left alone for longer is left to Temporal's retry. */
const longestWaitMs = 5_000;
const bodyLimit = 8 * 1024 * 1024;

/**
 * Sends requests and tries again, with jitter, while the registry is unwell (429, 5xx, no answer). Retry-After is
 * honoured; what is longer than 5 s goes into the failure.
 */
export function createSend(fetch: typeof globalThis.fetch): Send {
  return async (request, signal) => {
    for (let attempt = 1; ; attempt++) {
      const outcome = await tryOnce(fetch, request, signal);
      if ('status' in outcome) return outcome;
      const waitMs = Math.max(outcome.retryAfterMs ?? 0, 200 * 2 ** attempt * (0.5 + Math.random()));
      if (attempt === tries || waitMs > longestWaitMs) throw unavailable(request, outcome);
      await sleep(waitMs, undefined, { signal }).catch(() => signal.throwIfAborted());
    }
  };
}

interface Unwell {
  readonly why: string;
  readonly retryAfterMs: number | null;
  readonly cause?: unknown;
}

async function tryOnce(
  fetch: typeof globalThis.fetch,
  { url, ...init }: Request,
  signal: AbortSignal,
): Promise<Answer | Unwell> {
  try {
    const response = await fetch(url, {
      ...init,
      signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
    });
    const { status, headers } = response;
    const body = await readBody(response);
    if (status !== 429 && status < 500) return { status, headers, body };
    return { why: `it answered ${status}`, retryAfterMs: retryAfter(headers) };
  } catch (error) {
    signal.throwIfAborted();
    const root = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    return { why: root instanceof Error ? root.message : 'no answer', retryAfterMs: null, cause: error };
  }
}

async function readBody(response: Response): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += chunk.length;
    if (size > bodyLimit) throw new Error(`its answer is longer than ${bodyLimit} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** Seconds or a date. */
function retryAfter(headers: Headers): number | null {
  const value = headers.get('retry-after');
  if (value === null) return null;
  const ms = /^[\d.]+$/.test(value) ? Number(value) * 1000 : Date.parse(value) - Date.now();
  return Number.isFinite(ms) ? Math.max(0, ms) : null;
}

function unavailable(request: Request, { why, retryAfterMs, cause }: Unwell): Error {
  return failure('RegistryUnavailable', `The registry ${new URL(request.url).host} is not well: ${why}.`, {
    cause,
    ...(retryAfterMs === null ? {} : { retryAfterMs }),
  });
}
