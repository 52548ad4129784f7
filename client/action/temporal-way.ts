import { ApplicationFailure } from '@temporalio/common';
import { connectTemporal } from '../connect.ts';
import { eventOf } from '../events/body-event.ts';
import type { CommentGitHub } from '../events/comment-git-hub.ts';
import { handleEvent } from '../events/handle-event.ts';
import { ClientError } from '../exit-codes.ts';
import { createPreviewClient } from '../preview-client.ts';
import type { RunFacts } from './run-facts.ts';
import { tryAgain } from './try-again.ts';
import type { OpenWay } from './way.ts';

interface TemporalWay {
  /** Where Temporal and GitHub are, as variables. */
  readonly env: NodeJS.ProcessEnv;
  readonly facts: RunFacts;
  /** Who asks it who may give a command. */
  readonly gitHub: CommentGitHub;
  /** Told what did not succeed and changes nothing, in one line. */
  readonly warn: (message: string) => void;
}

const deadlineMs = 10_000;

/** The way to Temporal itself: what the gateway decides elsewhere is decided here. @throws {ClientError} */
export async function openTemporalWay({ env, facts, gitHub, warn }: TemporalWay): Promise<OpenWay> {
  const access = await connectTemporal(deadlineMs, env).catch((error: unknown) => {
    throw explained(error);
  });
  const { PREVIEW_TASK_QUEUE: taskQueue, GITHUB_SERVER_URL: gitHubUrl } = env;
  const previews = createPreviewClient({
    client: access.client,
    place: access.place,
    deadlineMs,
    ...(taskQueue ? { taskQueue } : {}),
    ...(gitHubUrl ? { gitHubUrl } : {}),
  });
  return {
    send: async (body) => {
      const read = eventOf(body, facts);
      if (!read.ok) throw new ClientError('usage', read.wrong);
      const event = read.value;
      try {
        const handle = async () => await handleEvent(event, { previews, gitHub, now: Date.now, warn });
        return await tryAgain(handle, { pausesMs: [2_000, 5_000, 10_000], wishOf });
      } catch (error) {
        throw explained(error);
      }
    },
    status: async (ref) => await previews.status(ref),
    everyMs: 1_000,
    close: async () => await access.close(),
  };
}

/** GitHub's passing failures, and a Temporal that is away for a moment. */
function wishOf(error: unknown): number | null {
  if (error instanceof ClientError) return error.code === 'temporalAway' ? 0 : null;
  return error instanceof ApplicationFailure && error.nonRetryable !== true ? 0 : null;
}

/** An error with what the author of the workflow can do about it; one that was not foreseen comes back as it is. */
function explained(error: unknown): unknown {
  if (error instanceof ClientError && error.code === 'temporalAway')
    return new ClientError('temporalAway', `${error.message}. ${whereTemporalIs}`, { cause: error });
  if (!(error instanceof ApplicationFailure)) return error;
  const advice = error.type === 'GitHubDenied' ? `. ${rightsForComments}` : '';
  return new ClientError('refused', `${error.message}${advice}`, { cause: error });
}

const whereTemporalIs =
  'Is that the address of "temporal-address", and may this runner reach it? A runner of GitHub\'s needs the gateway, by "endpoint"';

const rightsForComments =
  'By "github-token" the job reads who may give a command, reacts and answers: it needs "permissions: pull-requests: write"';
