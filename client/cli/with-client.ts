import { connectTemporal } from '../connect.ts';
import type { PreviewClient } from '../preview-client.ts';
import { createPreviewClient } from '../preview-client.ts';
import { readDuration } from './words.ts';

export interface ClientOptions {
  readonly timeout?: string;
}

const defaultDeadlineMs = 10_000;

/** Connects, lets `work` ask, and closes the connection whatever it came to. */
export async function withClient<T>(
  { timeout }: ClientOptions,
  env: NodeJS.ProcessEnv,
  work: (client: PreviewClient) => Promise<T>,
): Promise<T> {
  const deadlineMs = timeout === undefined ? defaultDeadlineMs : readDuration(timeout, '--timeout');
  const access = await connectTemporal(deadlineMs);
  try {
    const { PREVIEW_TASK_QUEUE: taskQueue, GITHUB_SERVER_URL: gitHubUrl } = env;
    return await work(
      createPreviewClient({
        client: access.client,
        place: access.place,
        deadlineMs,
        ...(timeout === undefined ? {} : { updateDeadlineMs: deadlineMs }),
        ...(taskQueue ? { taskQueue } : {}),
        ...(gitHubUrl ? { gitHubUrl } : {}),
      }),
    );
  } finally {
    await access.close();
  }
}
