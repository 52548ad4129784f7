/** What of an answer tells whether, and for how long, GitHub wants to be left alone. */
export interface LimitAnswer {
  readonly status: number | null;
  readonly headers: Readonly<Record<string, string | number | undefined>>;
  /** What GitHub says in words. */
  readonly message: string;
}

/** Whether GitHub refused because it is asked too much: the hour's budget is spent, or a secondary limit is reached. */
export function isLimit({ status, headers, message }: LimitAnswer): boolean {
  if (status === 429) return true;
  if (status !== 403) return false;
  return (
    headers['retry-after'] !== undefined ||
    String(headers['x-ratelimit-remaining']) === '0' ||
    /rate limit|abuse detection/i.test(message)
  );
}

/** GitHub counts by the hour: whoever says more than that is wrong, or our clock is. */
const longestMs = 3_660_000;

/**
 * For how many milliseconds GitHub wants to be left alone: by `retry-after`, or until the hour's budget starts anew.
 * Null where it does not say.
 */
export function saidWaitMs(headers: LimitAnswer['headers']): number | null {
  const after = Number(headers['retry-after']);
  if (after > 0) return Math.min(after * 1000, longestMs);
  const reset = Number(headers['x-ratelimit-reset']) * 1000 - Date.now();
  const exhausted = String(headers['x-ratelimit-remaining']) === '0';
  return exhausted && reset > 0 ? Math.min(reset + 1000, longestMs) : null;
}

/** What GitHub asks for where it does not say how long; each further time twice as much. */
export const unsaidWaitMs = 60_000;
