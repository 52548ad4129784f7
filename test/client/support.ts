import type { PreviewMemo } from '../../domain/search-attributes.ts';
import type { PreviewStatus } from '../../domain/status.ts';
import { ref, sha } from '../domain/support.ts';

/** A preview that serves its head, with what a test says of it. */
export function previewStatus(overrides: Partial<PreviewStatus> = {}): PreviewStatus {
  return {
    ref,
    phase: 'ready',
    reason: 'serves 0000000',
    commit: sha(1),
    liveCommit: sha(1),
    services: [],
    deadline: null,
    latestDeadline: null,
    warned: null,
    queue: null,
    place: null,
    progress: [],
    failure: null,
    warnings: [],
    notes: [],
    disturbed: [],
    settling: false,
    blockers: [],
    receipt: null,
    since: 0,
    looking: false,
    unread: null,
    ...overrides,
  };
}

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
    holds: 'yes',
    pullRequest: 'open',
    ...overrides,
  };
}
