import { ApplicationFailure } from '@temporalio/common';
import { Context } from '@temporalio/activity';
import type { Activities } from '../../activities/index.ts';
import { failure } from '../../activities/failure.ts';
import type { FailureType } from '../../domain/failures.ts';
import type { CheckedPlan, CleanupTarget } from '../../domain/outcome.ts';
import type { PullRequest, PullRequestRef } from '../../domain/pull-request.ts';
import { isOutsider } from '../../domain/pull-request.ts';
import { checkedPlan, pullRequest } from '../domain/support.ts';

/**
 * A world in memory: pull request, namespace, database and releases, with the activities that change it. Tests look
 * at what is left of it, not at the order of calls.
 */
export interface FakeWorld {
  pullRequest: PullRequest | null;
  namespace: boolean;
  database: boolean;
  /** Commit served by release. */
  readonly releases: Map<string, string>;
  readonly comments: string[];
  readonly deployments: { sha: string; state: string }[];
  /** Commits whose images are there; null: all are. */
  images: ReadonlySet<string> | null;
  /** Activity names that fail, with what; each as often as the number says. */
  readonly faults: Map<string, { type: FailureType; message: string; times: number }>;
  /** Called when an activity begins; may wait. */
  onStart: (activity: string, commit: string | null) => Promise<void> | void;
  /** Services whose Helm runs just now. */
  readonly running: Set<string>;
  /** Commits whose deploy began, in order; cleanups that began. */
  readonly seen: { readonly deploys: string[]; cleanups: number };
}

export function createFakeWorld(ref: PullRequestRef): FakeWorld {
  return {
    pullRequest: { ...pullRequest(), ref },
    namespace: false,
    database: false,
    releases: new Map(),
    comments: [],
    deployments: [],
    images: null,
    faults: new Map(),
    onStart: () => undefined,
    running: new Set(),
    seen: { deploys: [], cleanups: 0 },
  };
}

/** The plan of a commit in the fake world: two services, one needing the other. */
function fakePlan(ref: PullRequestRef, commit: string): CheckedPlan {
  const plan = checkedPlan(commit);
  const [ui] = plan.services;
  if (!ui) throw new Error('the plan for tests has no service');
  return {
    ...plan,
    reference: { ...plan.reference, inputs: { ...plan.reference.inputs, pullRequest: ref } },
    names: { ...plan.names, namespace: `preview-${ref.number}`, database: `preview_${ref.number}` },
    services: [
      { ...ui, name: 'api', release: `preview-${ref.number}-api`, url: null },
      { ...ui, name: 'ui', release: `preview-${ref.number}-ui`, needs: ['api'] },
    ],
  };
}

/** Activities over a fake world, typed as the real ones. */
export function fakeActivities(world: FakeWorld): Activities {
  const begin = async (name: string, commit: string | null = null): Promise<void> => {
    await world.onStart(name, commit);
    const fault = world.faults.get(name);
    if (fault === undefined || fault.times <= 0) return;
    fault.times -= 1;
    throw failure(fault.type, fault.message);
  };
  return {
    readPullRequest: async () => {
      await begin('readPullRequest');
      return world.pullRequest;
    },
    report: async ({ body, deployment }) => {
      await begin('report');
      world.comments.push(body);
      if (deployment) world.deployments.push({ sha: deployment.sha, state: deployment.state });
      return { commentId: 1, deploymentId: deployment ? 1 : null };
    },
    endDeployments: async () => {
      await begin('endDeployments');
      return { ended: 0 };
    },
    readConfig: async ({ ref, commit, approved, place }) => {
      await begin('readConfig', commit);
      if (world.pullRequest?.state !== 'open' || world.pullRequest.head.sha !== commit)
        return { outcome: 'outdated', pullRequest: world.pullRequest };
      const outsider = isOutsider(world.pullRequest);
      if (outsider && !approved) return { outcome: 'approval-needed', reason: 'an outsider asks' };
      return {
        outcome: 'read',
        inputs: { ...fakePlan(ref, commit).reference.inputs, outsider, place },
        requests: [],
        problems: [],
        warnings: [],
        imageWaitMs: 60_000,
      };
    },
    resolveImages: async ({ commit }) => {
      await begin('resolveImages', commit);
      const missing = world.images !== null && !world.images.has(commit);
      const image = { service: 'ui', image: 'main', repository: 'ghcr.io/example/ui', tag: 'pr-7' };
      return {
        images: {},
        missing: missing ? [{ ...image, reason: 'missing' as const, foundCommit: null }] : [],
        problems: [],
      };
    },
    awaitImages: async ({ commit }) => {
      await begin('awaitImages', commit);
      const deadline = Date.now() + 20_000;
      while (world.images !== null && !world.images.has(commit)) {
        if (Date.now() > deadline) return { complete: false };
        await beat();
      }
      return { complete: true };
    },
    preflight: async ({ inputs }) => {
      await begin('preflight', inputs.commit);
      return { problems: [], warnings: [], exists: world.namespace || world.database };
    },
    renderPlan: async ({ inputs, missing }) => {
      await begin('renderPlan', inputs.commit);
      const missingProblems = missing.map(({ tag }) => ({
        type: 'ImageMissing' as const,
        where: null,
        message: tag,
      }));
      const made = fakePlan(inputs.pullRequest, inputs.commit);
      const plan = missing.length > 0 ? null : { ...made, reference: { ...made.reference, inputs } };
      return { plan, problems: [], missingProblems, warnings: [] };
    },
    locatePreview: async ({ ref, repositoryId }) => ({ ...targetOf(ref), repositoryId }),
    prepareNamespace: async ({ plan }) => {
      await begin('prepareNamespace', plan.inputs.commit);
      world.seen.deploys.push(plan.inputs.commit);
      world.namespace = true;
      return { uid: 'uid-1' };
    },
    watchDeploy: async ({ plan }) => {
      await begin('watchDeploy', plan.inputs.commit);
      for (;;) await beat();
    },
    ensureDatabase: async ({ plan }) => {
      await begin('ensureDatabase', plan.inputs.commit);
      world.database = true;
      return { created: true };
    },
    deployService: async ({ plan, service, mode }) => {
      world.running.add(service);
      try {
        await begin(mode === 'restore' ? 'restoreService' : `deployService:${service}`, plan.inputs.commit);
      } finally {
        world.running.delete(service);
      }
      if (!world.namespace)
        throw ApplicationFailure.nonRetryable('there is no namespace to deploy into', 'Bug');
      world.releases.set(service, plan.inputs.commit);
      return { changed: true, revision: 1 };
    },
    removeRelease: async () => {
      await begin('removeRelease');
    },
    verifyDeploy: async ({ plan }) => {
      await begin('verifyDeploy', plan.inputs.commit);
      const wrong = [...world.releases].filter(([, commit]) => commit !== plan.inputs.commit);
      if (wrong.length > 0)
        throw failure('VerifyFailed', `${wrong.map(([name]) => name).join(', ')} serve another commit`);
      return { notes: [] };
    },
    deleteNamespace: async () => {
      await begin('deleteNamespace');
      world.seen.cleanups += 1;
      const was = world.namespace;
      world.releases.clear();
      return { state: was ? 'draining' : 'absent', detail: '', evidence: [] };
    },
    awaitNamespaceGone: async () => {
      await begin('awaitNamespaceGone');
      world.namespace = false;
    },
    dropDatabase: async () => {
      await begin('dropDatabase');
      const found = world.database;
      world.database = false;
      return { state: 'absent', detail: '', found };
    },
    readBack: async ({ target }) => {
      await begin('readBack');
      const state = world.namespace ? 'present' : 'absent';
      return {
        items: [
          { kind: 'namespace', name: target.namespace, state, detail: '' },
          {
            kind: 'database',
            name: target.database ?? '',
            state: world.database ? 'present' : 'absent',
            detail: '',
          },
        ],
        readAt: Date.now(),
      };
    },
    awaitWorkflowClosed: async () => {
      await begin('awaitWorkflowClosed');
    },
  };
}

function targetOf(ref: PullRequestRef): CleanupTarget {
  return {
    namespace: `preview-${ref.number}`,
    database: `preview_${ref.number}`,
    platform: 'pr-preview',
    repositoryId: 42,
    owner: ref.owner,
    repository: ref.repository,
    number: ref.number,
  };
}

/** Waits a moment, beating, until Temporal cancels. */
async function beat(): Promise<void> {
  const context = Context.current();
  context.heartbeat();
  await context.sleep(50);
}
