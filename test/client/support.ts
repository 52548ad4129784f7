import type { PreviewMemo } from '../../domain/search-attributes.ts';
import { sha } from '../domain/support.ts';

/** What Temporal keeps of such a preview. */
export function previewMemo(overrides: Partial<PreviewMemo> = {}): PreviewMemo {
  return {
    phase: 'ready',
    reason: 'serves 0000000',
    commit: sha(1),
    hosts: ['https://pr-7.preview.localhost'],
    deadline: null,
    warned: false,
    queue: null,
    head: sha(1),
    wantsPlace: true,
    holds: 'yes',
    pullRequest: 'open',
    ...overrides,
  };
}
