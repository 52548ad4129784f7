/** Exit codes of the worker; those of the command line mean the same. */
export const exitCodes = {
  ok: 0,
  bug: 1,
  /** Environment or platform config cannot be used. */
  settings: 2,
  /** Set up so that it must not run: rights too wide or too narrow, search attributes missing. */
  refused: 3,
  /** Temporal, or the cluster, does not answer. */
  away: 4,
} as const;

/** Why the worker does not start: every reason at once, each one line for the operator. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly code: 'settings' | 'refused' | 'away';
  readonly reasons: readonly string[];

  constructor(code: Refusal['code'], reasons: readonly string[], options?: ErrorOptions) {
    super(reasons.join('\n'), options);
    this.code = code;
    this.reasons = reasons;
  }
}

/** Takes an error for a setting that cannot be used. @throws {Refusal} with its message. */
export function refuse(cause: unknown): never {
  throw new Refusal('settings', [cause instanceof Error ? cause.message : String(cause)], { cause });
}
