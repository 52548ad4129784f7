import type { LeaseMessage } from './messages.ts';
import type { PlaceNeed } from './place.ts';
import { asked, gaveBack, heard } from './place.ts';
import type { PreviewState } from './preview.ts';
import { previewWorkflowId } from './workflow-ids.ts';

/** What happens between a preview and its pool. */
export type PlaceEvent =
  | { readonly kind: 'place-asked'; readonly need: PlaceNeed }
  | { readonly kind: 'place-told' }
  | { readonly kind: 'lease-heard'; readonly message: LeaseMessage }
  | { readonly kind: 'giving-back'; readonly ids: readonly string[] }
  | { readonly kind: 'given-back'; readonly ids: readonly string[] };

/** The state after it: a lifetime begins with its place, and is over with it. */
export function applyPlaceEvent(state: PreviewState, event: PlaceEvent, now: number): PreviewState {
  const { running, place, lifetime } = state;
  const workflowId = previewWorkflowId(state.ref);
  switch (event.kind) {
    case 'place-asked': {
      const { need } = event;
      return { ...state, place: asked(place, need, now), running: { ...running, place: { asks: need } } };
    }
    case 'place-told':
      return { ...state, running: { ...running, place: null } };
    case 'lease-heard': {
      const after = heard(place, { message: event.message, workflowId, now });
      if (after === place) return state;
      const begins = after.granted !== null && lifetime.begunAt === null;
      return { ...state, place: after, lifetime: begins ? { ...lifetime, begunAt: now } : lifetime };
    }
    case 'giving-back':
      return { ...state, running: { ...running, place: { givesBack: event.ids } } };
    case 'given-back': {
      const after = gaveBack(place, { workflowId, ids: event.ids });
      const over = place.granted !== null && after.granted === null;
      return {
        ...state,
        place: after,
        lifetime: over ? { ...lifetime, begunAt: null, extendedTo: null } : lifetime,
        running: { ...running, place: null },
      };
    }
  }
}
