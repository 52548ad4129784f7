import { Context } from '@temporalio/activity';
import type { Activities } from '../../activities/index.ts';
import { parseLeaseId } from '../../domain/capacity-messages.ts';
import type { CheckedPlan } from '../../domain/outcome.ts';
import type { PlanInputs } from '../../domain/plan.ts';
import type { PullRequest, PullRequestRef } from '../../domain/pull-request.ts';
import { leaseSignal } from '../../workflows/messages.ts';

/** What a preview asks for on its way to `ready`; anything else is not registered, and fails. */
type Needed =
  | 'awaitWorkflowClosed'
  | 'acquirePlace'
  | 'readPullRequest'
  | 'readConfig'
  | 'resolveImages'
  | 'preflight'
  | 'renderPlan'
  | 'prepareNamespace'
  | 'watchDeploy'
  | 'deployService'
  | 'verifyDeploy'
  | 'report';

const hourMs = 3_600_000;
const services = ['nats', 'websocket', 'meeting-api', 'ui'];

/** A world in which every pull request is open and all goes well at once. */
export function easyActivities(): Pick<Activities, Needed> {
  return {
    awaitWorkflowClosed: async () => undefined,
    acquirePlace: ({ id }) => grant(id),
    readPullRequest: async ({ ref }) => pullRequestOf(ref),
    readConfig: async ({ ref }) => ({
      outcome: 'read',
      inputs: inputsOf(ref),
      requests: [],
      problems: [],
      warnings: [],
      imageWaitMs: 0,
    }),
    resolveImages: async () => ({ images: {}, missing: [], problems: [] }),
    preflight: async () => ({ problems: [], warnings: [], exists: false }),
    renderPlan: async ({ inputs }) => ({
      plan: planOf(inputs),
      problems: [],
      missingProblems: [],
      warnings: [],
    }),
    prepareNamespace: async () => ({ uid: 'a-namespace' }),
    watchDeploy: untilCancelled,
    deployService: async () => ({ changed: true, revision: 1 }),
    verifyDeploy: async () => ({ notes: [] }),
    report: async () => ({ commentId: 1, deploymentId: 1 }),
  };
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
    head: { sha: ref.number.toString(16).padStart(40, '0'), branch: `change-${ref.number}` },
    base: { branch: 'main' },
    url: `https://github.com/${ref.owner}/${ref.repository}/pull/${ref.number}`,
  };
}

function inputsOf(ref: PullRequestRef): PlanInputs {
  const { repositoryId, author, draft, head } = pullRequestOf(ref);
  return {
    pullRequest: ref,
    repositoryId,
    pr: { number: ref.number, author, branch: head.branch, draft },
    outsider: false,
    commit: head.sha,
    configCommit: '9'.repeat(40),
    images: Object.fromEntries(services.map((name) => [name, { main: imageOf(name, ref.number) }])),
    place: null,
  };
}

function imageOf(service: string, number: number): PlanInputs['images'][string][string] {
  const digest = `sha256:${number.toString(16).padStart(64, '0')}`;
  return {
    repository: `ghcr.io/example/videocall-${service}`,
    tag: `pr-${number}`,
    digest,
    digests: [digest],
  };
}

function planOf(inputs: PlanInputs): CheckedPlan {
  const { number } = inputs.pullRequest;
  const hosts = { websocket: `pr-${number}-ws.preview.example`, ui: `pr-${number}.preview.example` };
  const urls = Object.fromEntries(Object.entries(hosts).map(([name, host]) => [name, `https://${host}`]));
  return {
    reference: { inputs, hash: inputs.commit },
    names: { namespace: `preview-${number}`, database: null, hosts, urls },
    owner: { platform: 'pr-preview', repositoryId: inputs.repositoryId },
    services: services.map((name) => ({
      name,
      release: `preview-${number}-${name}`,
      chart: `path helm/${name} tree:${'1'.repeat(64)}`,
      needs: name === 'nats' ? [] : ['nats'],
      needsDatabase: false,
      url: urls[name] ?? null,
      timeoutMs: 300_000,
      interrupted: false,
    })),
    lifetime: {
      defaultMs: 72 * hourMs,
      maximumMs: 14 * 24 * hourMs,
      warningsMs: [24 * hourMs, 2 * hourMs, hourMs / 2],
    },
    surgesFit: true,
    revivedByPush: true,
  };
}

/** A pool that has places for all. */
async function grant(id: string): Promise<void> {
  const { workflowId = '' } = parseLeaseId(id) ?? {};
  const { workflow } = Context.current().client;
  await workflow.getHandle(workflowId).signal(leaseSignal, { id, state: 'granted', place: null });
}

async function untilCancelled(): Promise<never> {
  const context = Context.current();
  for (;;) {
    context.heartbeat();
    await context.sleep(100);
  }
}
