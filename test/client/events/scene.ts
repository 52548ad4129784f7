import { WorkflowNotFoundError } from '@temporalio/client';
import { defaultPayloadConverter } from '@temporalio/common';
import { afterAll, beforeAll } from 'vitest';
import { createGitHub } from '../../../activities/github/clients.ts';
import { createCommands } from '../../../activities/github/commands.ts';
import { createIdentity } from '../../../activities/github/identity.ts';
import { createRepositories } from '../../../activities/github/repositories.ts';
import type { CommentGitHub } from '../../../client/events/comment-git-hub.ts';
import { handleEvent } from '../../../client/events/handle-event.ts';
import { readEvent } from '../../../client/events/read-event.ts';
import type { EventResult } from '../../../client/events/wire.ts';
import type { CiGitHub } from '../../../client/gateway/ci.ts';
import type { PreviewClient } from '../../../client/preview-client.ts';
import { startGitHub } from '../../../local/github/server.ts';
import type { GitHubStandIn } from '../../../local/github/server.ts';
import type { WorkflowTests } from '../../workflows/environment.ts';
import { connect } from '../../workflows/environment.ts';
import type { Scene } from '../scene.ts';
import { scenes } from '../scene.ts';
import type { Source } from './payloads.ts';
import { commentPayload } from './payloads.ts';

/** A pull request that GitHub has, in which `alice` may write, and where Temporal has heard nothing yet. */
export interface EventScene extends Scene {
  readonly source: Source & { readonly sha: string };
  readonly previews: PreviewClient;
  /** The same, which waits no longer than 1.5 s for a worker. */
  readonly impatient: () => PreviewClient;
  /** Writes a comment; answers with the event that GitHub makes of it. */
  readonly comment: (author: string, body: string) => Promise<{ id: number; payload: object }>;
  /** Writes a comment and handles its event, as a webhook would. */
  readonly say: (author: string, body: string) => Promise<{ id: number; result: EventResult }>;
  readonly handle: (name: string, payload: unknown, how?: Handling) => Promise<EventResult>;
  /** Our reactions to a comment, in the order of GitHub's list. */
  readonly reactions: (id: number) => Promise<string[]>;
  /** What we wrote, without its hidden first line. */
  readonly answers: () => Promise<string[]>;
  /** Signals and Updates that Temporal has of it, oldest first: `push {"sha":null,"reason":"command"}`. */
  readonly told: () => Promise<string[]>;
}

interface Handling {
  /** Gets what did not succeed and matters to nobody. */
  readonly warnings?: string[];
  /** How much later it is than the clock says, in milliseconds. Default 0. */
  readonly laterMs?: number;
}

export interface EventScenes {
  readonly scene: () => Promise<EventScene>;
  readonly gitHub: () => GitHubStandIn;
  /** What our code asks GitHub with. */
  readonly asks: () => CommentGitHub & CiGitHub;
  readonly served: (scene: Scene) => Promise<void>;
}

/** Makes scenes with a GitHub of the file's own, and ends what they leave. */
export function eventScenes(): EventScenes {
  const { scene: bareScene, clientOf, served } = scenes();
  let gitHub: GitHubStandIn;
  let tests: WorkflowTests;
  let asks: CommentGitHub & CiGitHub;
  beforeAll(async () => {
    tests = await connect();
    gitHub = await startGitHub({ port: 0 });
    const octokit = createGitHub({ token: gitHub.token, baseUrl: gitHub.url, timeoutMs: 5_000 });
    asks = {
      ...createCommands({ octokit, identity: createIdentity(octokit), thumbDownEveryMs: 0 }),
      ...createRepositories(octokit),
    };
  });
  afterAll(async () => {
    await gitHub.close();
    await tests.close();
  });
  return {
    gitHub: () => gitHub,
    asks: () => asks,
    served,
    scene: async () => {
      const own = bareScene();
      const source = await openPullRequest(gitHub, own);
      const previews = clientOf(own);
      const at = { owner: own.ref.owner, repo: own.ref.repository, number: own.ref.number };
      const comments = async () => await gitHub.control.comments(at);
      const comment: EventScene['comment'] = async (author, body) => {
        const written = await gitHub.control.comment({ ...at, author, body });
        return { id: Number(written.id), payload: commentPayload(written, source) };
      };
      const handle: EventScene['handle'] = async (name, payload, { warnings = [], laterMs = 0 } = {}) => {
        const read = readEvent(name, payload);
        if (!read.ok) throw new Error(read.wrong);
        const now = (): number => Date.now() + laterMs;
        const warn = (message: string): number => warnings.push(message);
        return await handleEvent(read.value, { previews, gitHub: asks, now, warn });
      };
      return {
        ...own,
        source,
        previews,
        impatient: () => clientOf(own, { updateDeadlineMs: 1_500 }),
        comment,
        handle,
        say: async (author, body) => {
          const { id, payload } = await comment(author, body);
          return { id, result: await handle('issue_comment', payload) };
        },
        reactions: async (id) => {
          const found = (await comments()).find((one) => one.id === id);
          const counts = Object.entries(found?.reactions ?? {});
          return counts
            .filter(([name, count]) => count === 1 && name !== 'total_count')
            .map(([name]) => name);
        },
        answers: async () =>
          (await comments())
            .filter(({ user }) => user?.login === 'preview-robot')
            .map(({ body = '' }) => body.split('\n').slice(1).join('\n').trim()),
        told: async () => await toldOf(tests, own.workflowId),
      };
    },
  };
}

async function openPullRequest({ control }: GitHubStandIn, { ref }: Scene): Promise<EventScene['source']> {
  const at = { owner: ref.owner, repo: ref.repository };
  const { id } = await control.createRepository({ owner: ref.owner, name: ref.repository });
  await control.setPermission({ ...at, user: 'alice', permission: 'write' });
  await control.commit({ ...at, files: { 'preview.yaml': 'services: {}\n' } });
  const { sha } = await control.commit({ ...at, branch: 'topic', files: { 'topic.txt': 'topic' } });
  await control.openPullRequest({
    ...at,
    head: 'topic',
    title: 'A change',
    number: ref.number,
    author: 'alice',
  });
  return { ref, repositoryId: id, sha };
}

async function toldOf({ client }: WorkflowTests, workflowId: string): Promise<string[]> {
  const handle = client.workflow.getHandle(workflowId);
  try {
    await handle.describe();
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return [];
    throw error;
  }
  const { events } = await handle.fetchHistory();
  return (events ?? []).flatMap((event) => {
    const signal = event.workflowExecutionSignaledEventAttributes;
    const update = event.workflowExecutionUpdateAcceptedEventAttributes?.acceptedRequest?.input;
    const name = signal?.signalName ?? update?.name;
    if (!name) return [];
    const [payload] = signal?.input?.payloads ?? update?.args?.payloads ?? [];
    const argument = payload ? defaultPayloadConverter.fromPayload(payload) : undefined;
    return [`${name} ${JSON.stringify(argument)}`];
  });
}
