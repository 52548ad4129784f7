import type { Extension } from './deadline.ts';
import { extend } from './deadline.ts';
import type { PreviewState } from './preview.ts';

/** An extension of what lives; what is being taken away is not extended, whatever its deadline was. */
export function extendPreview(state: PreviewState, durationMs: number | null, now: number): Extension {
  const { wanted, running, lifetime } = state;
  if (wanted === null || running.cleanup)
    return {
      ok: false,
      reason:
        'there is nothing to extend: the preview is gone, or is being taken away; a push or a command brings it back',
    };
  return extend(lifetime, durationMs, now);
}
