import { ApplicationFailure } from '@temporalio/common';
import { Context, getClient } from '@temporalio/activity';
import type { CapacityActivities } from '../../activities/capacity/activities.ts';
import { createCapacityActivities } from '../../activities/capacity/activities.ts';
import type { Activities } from '../../activities/index.ts';
import { failure } from '../../activities/failure.ts';
import type { BuildWorkflow } from '../../domain/image.ts';
import type { FailureType } from '../../domain/failures.ts';
import type { CheckedPlan, CleanupTarget } from '../../domain/outcome.ts';
import type { PlanInputs } from '../../domain/plan.ts';
import type { PullRequest, PullRequestRef } from '../../domain/pull-request.ts';
import { isOutsider } from '../../domain/pull-request.ts';
import { checkedPlan, pullRequest } from '../domain/support.ts';
import { createFakeReapWorld, fakeReapActivities } from './fake-reap.ts';

/**
 * A world in memory: pull request, namespace, database and releases, with the activities that change it. Tests look
 * at what is left of it, not at the order of calls.
 */
export interface FakeWorld {
  /** Name of the pool that places come from; `endAll` terminates that called like the repository. */
  pool: string;
  places: number;
  pullRequest: PullRequest | null;
  namespace: boolean;
  database: boolean;
  /** Commit served by release. */
  readonly releases: Map<string, string>;
  readonly comments: string[];
  readonly deployments: { sha: string; state: string }[];
  /** Commits whose images are there; null: all are. */
  images: ReadonlySet<string> | null;
  /** Services that a commit has besides the usual two, by commit. */
  readonly added: Map<string, string>;
  /** Laid over every plan. */
  plan: Partial<CheckedPlan>;
  /** What starts a build of missing images. */
  build: BuildWorkflow | null;
  /** Commits whose build was started; digests that were deleted. */
  readonly builds: string[];
  readonly deletions: string[];
  /** Activity names that fail, with what; each as often as the number says. */
  readonly faults: Map<string, { type: FailureType; message: string; times: number }>;
  /** Called when an activity begins; may wait. */
  onStart: (activity: string, commit: string | null) => Promise<void> | void;
  /** Services whose Helm runs just now. */
  readonly running: Set<string>;
  /** Services whose Helm was started while it ran; must stay empty. */
  readonly overlaps: string[];
  /** Commits whose deploy began, in order; cleanups that began; databases that were made anew. */
  readonly seen: { readonly deploys: string[]; cleanups: number; resets: number };
}

export function createFakeWorld(ref: PullRequestRef): FakeWorld {
  return {
    pool: ref.repository,
    places: 1_000,
    pullRequest: { ...pullRequest(), ref },
    namespace: false,
    database: false,
    releases: new Map(),
    comments: [],
    deployments: [],
    images: null,
    added: new Map(),
    plan: {},
    build: null,
    builds: [],
    deletions: [],
    faults: new Map(),
    onStart: () => undefined,
    running: new Set(),
    overlaps: [],
    seen: { deploys: [], cleanups: 0, resets: 0 },
  };
}

/** The plan of a commit in the fake world: two services, one needing the other, and what the commit adds. */
export function fakePlan({ added }: FakeWorld, ref: PullRequestRef, commit: string): CheckedPlan {
  const more = added.get(commit);
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
      ...(more === undefined
        ? []
        : [{ ...ui, name: more, release: `preview-${ref.number}-${more}`, url: null, needsDatabase: false }]),
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
  // the pool is the real workflow: its client is that of the worker that the activity runs on
  const places = (): CapacityActivities =>
    createCapacityActivities({
      platform: {
        name: world.pool,
        capacity: { places: world.places },
        lifetime: { default: 72 * 3_600_000, maximum: 336 * 3_600_000, warnings: [] },
      },
      workflows: getClient().workflow,
      operations: { listPreviewNamespaces: async () => [] },
    });
  return {
    ...fakeReapActivities(createFakeReapWorld()),
    acquirePlace: async (message) => {
      await begin('acquirePlace');
      await places().acquirePlace(message);
    },
    releasePlace: async (message) => {
      await begin('releasePlace');
      await places().releasePlace(message);
    },
    recoverLeases: async () => {
      await begin('recoverLeases');
      return { leases: [], queue: [] };
    },
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
    redeliverFailedDeliveries: async () => null,
    readConfig: async ({ ref, commit, approved, place }) => {
      await begin('readConfig', commit);
      if (world.pullRequest?.state !== 'open' || world.pullRequest.head.sha !== commit)
        return { outcome: 'outdated', pullRequest: world.pullRequest };
      const outsider = isOutsider(world.pullRequest);
      if (outsider && !approved) return { outcome: 'approval-needed', reason: 'an outsider asks' };
      return {
        outcome: 'read',
        inputs: { ...fakePlan(world, ref, commit).reference.inputs, outsider, place },
        requests: [],
        problems: [],
        warnings: [],
        imageWaitMs: 60_000,
        build: world.build,
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
      const made = { ...fakePlan(world, inputs.pullRequest, inputs.commit), ...world.plan };
      const plan = missing.length > 0 ? null : { ...made, reference: { ...made.reference, inputs } };
      return { plan, problems: [], missingProblems, warnings: [] };
    },
    locatePreview: async ({ ref, repositoryId }) => ({ ...targetOf(ref), repositoryId }),
    prepareNamespace: async ({ plan }) => {
      await begin('prepareNamespace', plan.inputs.commit);
      // without a hash it is putting back, which is no deploy of its own
      if (plan.hash !== null) world.seen.deploys.push(plan.inputs.commit);
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
      if (world.running.has(service)) world.overlaps.push(service);
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
    resetDatabase: async ({ plan }) => {
      await begin('resetDatabase', plan.inputs.commit);
      world.database = true;
      world.seen.resets += 1;
    },
    removeRelease: async ({ plan, release }) => {
      await begin('removeRelease', plan.inputs.commit);
      world.releases.delete(serviceOf(release));
    },
    removeStrayReleases: async ({ plan }) => {
      await begin('removeStrayReleases', plan.inputs.commit);
      const planned = plannedServices(world, plan.inputs);
      const removed = [...world.releases.keys()].filter((name) => !planned.has(name));
      for (const name of removed) world.releases.delete(name);
      return { removed };
    },
    verifyDeploy: async ({ plan }) => {
      await begin('verifyDeploy', plan.inputs.commit);
      const planned = plannedServices(world, plan.inputs);
      const wrong = [...world.releases].filter(
        ([name, commit]) => planned.has(name) && commit !== plan.inputs.commit,
      );
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
    dispatchBuild: async ({ commit }) => {
      await begin('dispatchBuild', commit);
      world.builds.push(commit);
    },
    deleteImages: async ({ images }) => {
      await begin('deleteImages');
      world.deletions.push(...images.map(({ digest }) => digest));
      return { deleted: images.length, kept: [] };
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

function plannedServices(world: FakeWorld, { pullRequest, commit }: PlanInputs): ReadonlySet<string> {
  return new Set(fakePlan(world, pullRequest, commit).services.map(({ name }) => name));
}

/** A release of the fake world is `preview-<number>-<service>`. */
function serviceOf(release: string): string {
  return release.split('-').slice(2).join('-');
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
