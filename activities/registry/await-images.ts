import { setTimeout as sleep } from 'node:timers/promises';
import { ApplicationFailure } from '@temporalio/common';
import { withHeartbeat } from '../heartbeat.ts';
import type { ResolvedImages, ResolveImagesInput } from './activities.ts';

export interface AwaitImagesInput extends ResolveImagesInput {
  /** Milliseconds to wait at most; a duration, since clocks differ. */
  readonly forMs: number;
}

export interface ImageWaitActivities {
  /**
   * Asks the registries again and again until all images of the commit are there: one activity, whatever the length
   * of the wait. A registry that does not answer is asked again like an image that is not there yet.
   *
   * @returns whether they all came in time.
   */
  awaitImages(input: AwaitImagesInput): Promise<{ readonly complete: boolean }>;
}

/** Milliseconds between two looks: at first as quick as a build that just ends, later easy on the registry. */
const lookAfterMs = { first: 2_000, most: 15_000, growth: 1.3 };

export function createImageWaitActivities({
  resolve,
}: {
  readonly resolve: (input: ResolveImagesInput) => Promise<ResolvedImages>;
}): ImageWaitActivities {
  return {
    awaitImages: ({ forMs, ...wanted }) =>
      withHeartbeat(async (signal) => {
        const until = Date.now() + forMs;
        for (
          let pause = lookAfterMs.first;
          ;
          pause = Math.min(pause * lookAfterMs.growth, lookAfterMs.most)
        ) {
          if (await areThere(resolve, wanted)) return { complete: true };
          const left = until - Date.now();
          if (left <= 0) return { complete: false };
          await sleep(Math.min(pause, left), undefined, { signal }).catch(() => signal.throwIfAborted());
        }
      }),
  };
}

async function areThere(
  resolve: (input: ResolveImagesInput) => Promise<ResolvedImages>,
  input: ResolveImagesInput,
): Promise<boolean> {
  try {
    const { missing } = await resolve(input);
    // a problem is for the check that follows to tell; waiting does not help against it
    return missing.length === 0;
  } catch (error) {
    if (error instanceof ApplicationFailure && !error.nonRetryable) return false;
    throw error;
  }
}
