import type { LimitAnswer } from './limits.ts';
import { isLimit, saidWaitMs, unsaidWaitMs } from './limits.ts';

interface Silence {
  readonly untilMs: number;
  /** Limits that came without a word how long, one after another. */
  readonly unsaid: number;
}

/** Doubled so often, a minute is nearly an hour. */
const mostDoublings = 5;

/**
 * A `fetch` that leaves GitHub alone for as long as it said, for all who use it: who goes on asking is shut out. Until
 * then each request of the same login is answered 429 with the seconds that are left, and none is sent. Where GitHub
 * does not say how long, it is a minute, doubled each time until an answer is none of that kind.
 *
 * Source: docs.github.com, "Best practices for using the REST API", on exceeded rate limits.
 */
export function holdingBack(fetch: typeof globalThis.fetch): typeof globalThis.fetch {
  const silences = new Map<string, Silence>();
  return async (input, init) => {
    const login = loginOf(init?.headers);
    const before = silences.get(login);
    const leftMs = (before?.untilMs ?? 0) - Date.now();
    if (leftMs > 0) return notAsked(leftMs);
    const answer = await fetch(input, init);
    const limit = await readLimit(answer);
    if (limit === null) {
      // What was under way when the limit came says nothing of it.
      if (silences.get(login) === before) silences.delete(login);
      return answer;
    }
    const said = saidWaitMs(limit.headers);
    const unsaid = said === null ? (before?.unsaid ?? 0) + 1 : 0;
    const waitMs = said ?? unsaidWaitMs * 2 ** Math.min(unsaid - 1, mostDoublings);
    silences.set(login, { untilMs: Date.now() + waitMs, unsaid });
    return said === null ? withRetryAfter(answer, waitMs) : answer;
  };
}

/** Each login has a budget of its own. An App signs each of its own requests anew; they count as one login. */
function loginOf(headers: RequestInit['headers']): string {
  const login = new Headers(headers).get('authorization') ?? '';
  return /^bearer eyJ/i.test(login) ? 'app' : login;
}

async function readLimit(answer: Response): Promise<LimitAnswer | null> {
  if (answer.status !== 403 && answer.status !== 429) return null;
  const said = {
    status: answer.status,
    headers: Object.fromEntries(answer.headers),
    message: await answer
      .clone()
      .text()
      .catch(() => ''),
  };
  return isLimit(said) ? said : null;
}

function notAsked(leftMs: number): Response {
  const message = 'not asked, as GitHub said before that it is asked too much';
  return withRetryAfter(Response.json({ message }, { status: 429 }), leftMs);
}

function withRetryAfter({ status, headers, body }: Response, waitMs: number): Response {
  const more = new Headers(headers);
  more.set('retry-after', String(Math.ceil(waitMs / 1000)));
  return new Response(body, { status, headers: more });
}
