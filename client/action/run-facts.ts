import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { isRef } from '../../domain/preview-input.ts';
import { ClientError } from '../exit-codes.ts';

/** What GitHub Actions says of the run. */
export interface RunFacts {
  readonly owner: string;
  readonly repository: string;
  /** Name of the event that started it. */
  readonly event: string;
  /** The event as GitHub sent it. */
  readonly payload: unknown;
  /** Who did what started it. */
  readonly actor: string | null;
}

/** Reads what GitHub Actions leaves in the environment. @throws {ClientError} `usage` where it is not there. */
export async function readRunFacts(env: NodeJS.ProcessEnv): Promise<RunFacts> {
  const { GITHUB_REPOSITORY = '', GITHUB_EVENT_NAME = '', GITHUB_EVENT_PATH = '', GITHUB_ACTOR = '' } = env;
  const [owner = '', repository = '', ...rest] = GITHUB_REPOSITORY.split('/');
  const given = rest.length === 0 && isRef({ owner, repository, number: 1 });
  if (!given || GITHUB_EVENT_NAME === '' || GITHUB_EVENT_PATH === '') {
    throw new ClientError(
      'usage',
      'GITHUB_REPOSITORY, GITHUB_EVENT_NAME and GITHUB_EVENT_PATH are not all set: this runs in GitHub Actions only',
    );
  }
  const payload = await readPayload(GITHUB_EVENT_PATH);
  return { owner, repository, event: GITHUB_EVENT_NAME, payload, actor: GITHUB_ACTOR || null };
}

async function readPayload(file: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(file, 'utf8'));
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new ClientError('usage', `The event in GITHUB_EVENT_PATH cannot be read: ${reason}`, { cause });
  }
}

/** Number and head of the pull request that an event is about; null where it is about none, or does not say. */
export interface EventSubject {
  readonly number: number | null;
  readonly commit: string | null;
}

const pullRequestEvent = z.object({
  pull_request: z.object({ number: z.int().positive(), head: z.object({ sha: z.string() }) }),
});
const commentEvent = z.object({
  issue: z.object({ number: z.int().positive(), pull_request: z.object({}) }),
});

/** Which pull request an event is about. */
export function subjectOf(payload: unknown): EventSubject {
  const pull = pullRequestEvent.safeParse(payload);
  if (pull.success) {
    const { number, head } = pull.data.pull_request;
    return { number, commit: head.sha };
  }
  const comment = commentEvent.safeParse(payload);
  return { number: comment.success ? comment.data.issue.number : null, commit: null };
}
