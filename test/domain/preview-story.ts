import { leaseId } from '../../domain/capacity-messages.ts';
import type { Step } from '../../domain/decide.ts';
import { nextStep } from '../../domain/decide.ts';
import type { PreviewState } from '../../domain/preview.ts';
import { initialState } from '../../domain/preview.ts';
import type { PreviewEvent } from '../../domain/preview-events.ts';
import { apply } from '../../domain/preview-events.ts';
import { previewWorkflowId } from '../../domain/workflow-ids.ts';
import { checkedPlan, pullRequest, ref, sha } from './support.ts';

export const now = 1_000_000;
export const push: PreviewEvent = { kind: 'pushed', expectSha: null, command: false };
export const command: PreviewEvent = { kind: 'pushed', expectSha: null, command: true };

/** Plays events, then says what comes next. */
export function after(
  events: readonly PreviewEvent[],
  from: PreviewState = initialState(ref, now),
): PreviewState {
  return events.reduce((state, event) => apply(state, event, now), from);
}

export function kindOf(state: PreviewState, at = now): Step['kind'] {
  return nextStep(state, at).kind;
}

export const read = (commit = sha(1)): PreviewEvent[] => [
  { kind: 'reading-started' },
  { kind: 'pull-request-read', pullRequest: pullRequest({ commit }) },
];
export const closed: PreviewEvent[] = [
  { kind: 'reading-started' },
  { kind: 'pull-request-read', pullRequest: pullRequest({ state: 'closed' }) },
];
export const told: PreviewEvent[] = [{ kind: 'report-started' }, { kind: 'reported' }];

/** The pool's word: a place, at once. */
export function granted(place: string | null = null): PreviewEvent[] {
  const id = leaseId(previewWorkflowId(ref), now);
  return [
    { kind: 'place-asked', need: { ready: true, draft: false } },
    { kind: 'lease-heard', message: { id, state: 'granted', place } },
    { kind: 'place-told' },
  ];
}

/** The first place is given back. */
export const gaveBack: PreviewEvent[] = [
  { kind: 'giving-back', ids: [leaseId(previewWorkflowId(ref), now)] },
  { kind: 'given-back', ids: [leaseId(previewWorkflowId(ref), now)] },
];

export function checked(headSeq: number, commit: string, retry = 0): PreviewEvent[] {
  const attempt = { headSeq, retry };
  return [
    { kind: 'check-started', attempt },
    {
      kind: 'check-ended',
      attempt,
      outcome: { outcome: 'ready', plan: checkedPlan(commit), warnings: [], exists: false },
    },
  ];
}

export function verified(headSeq: number, commit: string, retry = 0): PreviewEvent[] {
  const attempt = { headSeq, retry };
  return [
    ...checked(headSeq, commit, retry),
    ...granted(),
    { kind: 'deploy-started', attempt },
    { kind: 'deploy-ended', attempt, outcome: { outcome: 'verified', verifiedAt: now, notes: [] } },
  ];
}

export const ready = after([push, ...read(), ...verified(1, sha(1)), ...read(), ...told]);
