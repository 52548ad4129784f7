import { leaseId } from './capacity-messages.ts';
import type { CleanupBlocker, Receipt } from './outcome.ts';
import type { PlaceRequest } from './place.ts';
import type { PreviewState } from './preview.ts';
import { previewWorkflowId } from './workflow-ids.ts';

/** What a cleanup says of itself. */
export type CleanupEvent =
  | { readonly kind: 'cleanup-started' }
  | { readonly kind: 'cleanup-stuck'; readonly blockers: readonly CleanupBlocker[] }
  | { readonly kind: 'cleanup-ended'; readonly receipt: Receipt };

/** The state after it: what was held is forgotten when it is read back as absent, not before. */
export function applyCleanupEvent(state: PreviewState, event: CleanupEvent): PreviewState {
  const { running, lifetime } = state;
  switch (event.kind) {
    case 'cleanup-started':
      return {
        ...state,
        blockers: [],
        notes: [],
        live: null,
        checked: null,
        doubted: false,
        lifetime: { ...lifetime, begunAt: null, extendedTo: null },
        running: { ...running, cleanup: true },
      };
    case 'cleanup-stuck':
      return running.cleanup ? { ...state, blockers: event.blockers } : state;
    case 'cleanup-ended':
      return {
        ...state,
        holds: 'no',
        pastIsOver: true,
        names: null,
        live: null,
        reset: false,
        disturbed: [],
        restoredAfter: null,
        place: event.receipt.found ? withEarlierLease(state) : state.place,
        blockers: [],
        receipt: event.receipt,
        running: { ...running, cleanup: false },
      };
  }
}

/** What an earlier life left behind had a place, which this one never asked for: it is given back. */
function withEarlierLease({ place, ref }: PreviewState): PlaceRequest {
  if (place.askedAt !== null) return place;
  return { ...place, strays: [...place.strays, leaseId(previewWorkflowId(ref), place.number)] };
}
