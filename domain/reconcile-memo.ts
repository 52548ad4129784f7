import { isSha } from './read-message.ts';
import type { SeenMemo } from './reconcile-world.ts';
import type { Phase } from './status.ts';
import { phases } from './status.ts';

/** Reads a preview's memo, by whatever version it was written: what is missing is not known. Null: it is no memo. */
export function readMemo(value: unknown): SeenMemo | null {
  if (typeof value !== 'object' || value === null) return null;
  const { phase, reason, deadline, head, holds, wantsPlace, pullRequest } = value as Record<string, unknown>;
  if (!isPhase(phase)) return null;
  const until = typeof deadline === 'string' ? Date.parse(deadline) : Number.NaN;
  return {
    phase,
    reason: typeof reason === 'string' ? reason : '',
    deadline: Number.isNaN(until) ? null : until,
    head: isSha(head) ? head : null,
    holds: holds === 'yes' || holds === 'no' ? holds : 'unknown',
    wantsPlace: wantsPlace === true,
    pullRequest: pullRequest === 'open' || pullRequest === 'closed' ? pullRequest : 'unknown',
  };
}

function isPhase(value: unknown): value is Phase {
  return phases.some((phase) => phase === value);
}
