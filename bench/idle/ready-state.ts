import { leaseId } from '../../domain/capacity-messages.ts';
import { nextStep, placeNeed } from '../../domain/decide.ts';
import type { CheckedPlan } from '../../domain/outcome.ts';
import type { PinnedImages } from '../../domain/plan.ts';
import type { PreviewState } from '../../domain/preview.ts';
import { initialState } from '../../domain/preview.ts';
import { apply } from '../../domain/preview-events.ts';
import type { PreviewEvent } from '../../domain/preview-events.ts';
import type { PullRequest, PullRequestRef } from '../../domain/pull-request.ts';
import { previewWorkflowId } from '../../domain/workflow-ids.ts';

const hourMs = 3_600_000;
const services = ['nats', 'websocket', 'meeting-api', 'ui'];

/**
 * The state of a preview that waits for its deadline, as it is handed on by continue-as-new: the entity's own decisions
 * from the first push on, each step of which ends well. @param now epoch milliseconds.
 */
export function readyState(ref: PullRequestRef, now: number): PreviewState {
  let state = initialState(ref, now);
  const happen = (...events: readonly PreviewEvent[]): void => {
    for (const event of events) state = apply(state, event, now);
  };
  happen({ kind: 'pushed', expectSha: null, command: false });
  for (;;) {
    const { kind } = nextStep(state, now);
    if (kind === 'wait') return state;
    happen(...endOf(kind, state, now));
  }
}

/** How a step begins and ends. @throws where a preview that fares well does something else. */
function endOf(
  step: Exclude<ReturnType<typeof nextStep>['kind'], 'wait'>,
  state: PreviewState,
  now: number,
): PreviewEvent[] {
  const { ref, wanted, place } = state;
  const attempt = wanted ?? { headSeq: 0, retry: 0 };
  switch (step) {
    case 'read':
      return [{ kind: 'reading-started' }, { kind: 'pull-request-read', pullRequest: pullRequestOf(ref) }];
    case 'check': {
      const outcome = { outcome: 'ready', plan: planOf(ref), warnings: [], exists: false } as const;
      return [
        { kind: 'check-started', attempt },
        { kind: 'check-ended', attempt, outcome },
      ];
    }
    case 'ask-place': {
      const need = placeNeed(state, now);
      if (need === null) throw new Error('a place is asked for that nobody needs');
      const id = leaseId(previewWorkflowId(ref), place.number);
      return [
        { kind: 'place-asked', need },
        { kind: 'place-told' },
        { kind: 'lease-heard', message: { id, state: 'granted', place: null } },
      ];
    }
    case 'deploy': {
      const outcome = { outcome: 'verified', verifiedAt: now, notes: [] } as const;
      return [
        { kind: 'deploy-started', attempt },
        { kind: 'deploy-ended', attempt, outcome },
      ];
    }
    case 'report':
      return [{ kind: 'report-started' }, { kind: 'reported' }];
    case 'check-again':
    case 'await-images':
    case 'give-back':
    case 'delete-images':
    case 'restore':
    case 'stop':
    case 'cleanup':
    case 'warn':
    case 'expire':
    case 'finish':
      throw new Error(`a preview that fares well does not ${step}`);
  }
}

function pullRequestOf(ref: PullRequestRef): PullRequest {
  return {
    ref,
    repositoryId: 42,
    state: 'open',
    merged: false,
    draft: false,
    title: `Change ${ref.number}`,
    author: 'alice',
    fromFork: false,
    authorCanWrite: true,
    startsByItself: true,
    head: { sha: ref.number.toString(16).padStart(40, '0'), branch: `change-${ref.number}` },
    base: { branch: 'main' },
    url: `https://github.com/${ref.owner}/${ref.repository}/pull/${ref.number}`,
  };
}

function planOf(ref: PullRequestRef): CheckedPlan {
  const { number } = ref;
  const { repositoryId, author, draft, head } = pullRequestOf(ref);
  const hosts = { websocket: `pr-${number}-ws.preview.example`, ui: `pr-${number}.preview.example` };
  const urls: Readonly<Record<string, string>> = Object.fromEntries(
    Object.entries(hosts).map(([name, host]) => [name, `https://${host}`]),
  );
  const inputs = {
    pullRequest: ref,
    repositoryId,
    pr: { number, author, branch: head.branch, draft },
    outsider: false,
    commit: head.sha,
    configCommit: '9'.repeat(40),
    images: imagesOf(number),
    place: null,
  };
  return {
    reference: { inputs, hash: '1'.repeat(64) },
    names: { namespace: `preview-${number}`, database: `preview_${number}`, hosts, urls },
    owner: { platform: 'pr-preview', repositoryId },
    services: services.map((name) => ({
      name,
      release: `preview-${number}-${name}`,
      chart: `path helm/${name} tree:${'1'.repeat(64)}`,
      needs: name === 'nats' ? [] : ['nats'],
      needsDatabase: name !== 'nats',
      url: urls[name] ?? null,
      timeoutMs: 300_000,
      interrupted: name === 'nats',
    })),
    lifetime: {
      defaultMs: 72 * hourMs,
      maximumMs: 14 * 24 * hourMs,
      warningsMs: [24 * hourMs, 2 * hourMs, hourMs / 2],
    },
    surgesFit: true,
    ownImages: [],
    keepImagesMs: 0,
  };
}

function imagesOf(number: number): PinnedImages {
  const digest = `sha256:${number.toString(16).padStart(64, '0')}`;
  return Object.fromEntries(
    services.map((name) => [
      name,
      {
        main: {
          repository: `ghcr.io/example/videocall-${name}`,
          tag: `pr-${number}`,
          digest,
          digests: [digest],
        },
      },
    ]),
  );
}
