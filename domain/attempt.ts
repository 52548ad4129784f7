/**
 * One try at serving one head. `headSeq` counts the observed changes of head: newer means higher, whatever the
 * commits' own order (a force-push back is legitimate). `retry` counts commands to try the same head again.
 */
export interface Attempt {
  readonly headSeq: number;
  readonly retry: number;
}

/** Whether two attempts are the same try; null equals nothing. */
export function sameAttempt(one: Attempt | null, other: Attempt | null): boolean {
  return one !== null && other !== null && one.headSeq === other.headSeq && one.retry === other.retry;
}
