import type { CheckedPlan, Receipt } from '../../domain/outcome.ts';
import type { PullRequest, PullRequestRef } from '../../domain/pull-request.ts';
import type { PreviewStatus } from '../../domain/status.ts';

export const ref: PullRequestRef = { owner: 'example', repository: 'videocall', number: 7 };

/** A commit id made of one number. */
export function sha(number: number): string {
  return number.toString(16).padStart(40, '0');
}

export function pullRequest(
  overrides: Partial<PullRequest> & { readonly commit?: string } = {},
): PullRequest {
  const { commit = sha(1), ...rest } = overrides;
  return {
    ref,
    repositoryId: 42,
    state: 'open',
    merged: false,
    draft: false,
    title: 'A change',
    author: 'alice',
    fromFork: false,
    authorCanWrite: true,
    startsByItself: true,
    head: { sha: commit, branch: 'change' },
    base: { branch: 'main' },
    url: 'http://github.example/example/videocall/pull/7',
    ...rest,
  };
}

export function checkedPlan(commit: string, overrides: Partial<CheckedPlan> = {}): CheckedPlan {
  return {
    reference: {
      inputs: {
        pullRequest: ref,
        repositoryId: 42,
        pr: { number: 7, author: 'alice', branch: 'change', draft: false },
        outsider: false,
        commit,
        configCommit: sha(9),
        images: {},
        place: null,
      },
      hash: `hash-of-${commit}`,
    },
    names: {
      namespace: 'preview-7',
      database: 'preview_7',
      hosts: { ui: 'pr-7.preview.localhost' },
      urls: { ui: 'https://pr-7.preview.localhost' },
    },
    owner: { platform: 'pr-preview', repositoryId: 42 },
    services: [
      {
        name: 'ui',
        release: 'preview-7-ui',
        chart: 'path helm/ui tree:1',
        needs: [],
        needsDatabase: true,
        url: 'https://pr-7.preview.localhost',
        timeoutMs: 300_000,
        interrupted: false,
      },
    ],
    lifetime: { defaultMs: 72 * 3_600_000, maximumMs: 14 * 86_400_000, warningsMs: [] },
    surgesFit: true,
    ownImages: [],
    keepImagesMs: 24 * 3_600_000,
    ...overrides,
  };
}

export const receipt: Receipt = {
  items: [
    { kind: 'namespace', name: 'preview-7', state: 'absent', detail: '' },
    { kind: 'database', name: 'preview_7', state: 'absent', detail: '' },
    { kind: 'role', name: 'preview_7', state: 'absent', detail: '' },
  ],
  found: true,
  readAt: 1_000,
  evidence: [],
};

/** A preview that serves its head, with what a test says of it. */
export function previewStatus(overrides: Partial<PreviewStatus> = {}): PreviewStatus {
  return {
    ref,
    phase: 'ready',
    reason: 'serves 0000000',
    ending: null,
    commit: sha(1),
    liveCommit: sha(1),
    services: [],
    deadline: null,
    deadlineReason: null,
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
