import { Context, log } from '@temporalio/activity';
import { z } from 'zod';
import type { DeletionStep } from '../../domain/image-deletion.ts';
import type { DeletedImages, OwnImage } from '../../domain/image.ts';
import type { PullRequestRef } from '../../domain/pull-request.ts';
import { formatRef } from '../../domain/pull-request.ts';
import { moreHopeful } from '../failure.ts';
import { recorded, withHeartbeat } from '../heartbeat.ts';
import { carryOut, surveyAndPlan, whyForGood } from './delete-from-store.ts';
import type { StoreDeletion } from './delete-from-store.ts';
import { isDigest } from './image-name.ts';
import type { ImageStoreOptions } from './image-stores.ts';
import { createImageStores } from './image-stores.ts';

export interface DeleteImagesInput {
  readonly ref: PullRequestRef;
  readonly images: readonly OwnImage[];
}

export interface DeleteImagesActivities {
  /**
   * Deletes exactly these digests, and what those of them that are indexes name: each only where no tag but the given
   * ones of its repository names it and nothing that stays needs it, read again right before. What is gone already
   * counts as deleted, so that the end is the same for two at once, and for one begun anew after an end half way.
   *
   * What is refused for good is `kept`, with why. What an index named can be read only while it is there: heartbeat
   * details carry it to the next attempt of the same activity.
   *
   * @throws the transient failures of GitHub and of registries, once all else has been tried.
   */
  deleteImages(input: DeleteImagesInput): Promise<DeletedImages>;
}

/** Makes the activity that deletes images of pull requests that are closed. */
export function createDeleteImagesActivities(options: ImageStoreOptions): DeleteImagesActivities {
  const stores = createImageStores(options);
  return {
    deleteImages: ({ ref, images }) => {
      const memory = readMemory(Context.current().info.heartbeatDetails);
      return withHeartbeat(
        async (signal) => {
          const outcome = await deleteAll({ stores, images, memory }, signal);
          const { deleted, kept } = outcome;
          log.info('Images deleted', { pullRequest: formatRef(ref), deleted, kept: kept.length });
          return outcome;
        },
        () => memory,
      );
    },
  };
}

/** What indexes named that this attempt or an earlier one may have deleted, by repository. */
type Memory = Record<string, string[]>;

const memorySchema = z.record(z.string(), z.array(z.string().refine(isDigest)));

function readMemory(details: unknown): Memory {
  const read = memorySchema.safeParse(details);
  return read.success ? read.data : {};
}

interface Wanted {
  readonly stores: ReturnType<typeof createImageStores>;
  readonly images: readonly OwnImage[];
  readonly memory: Memory;
}

/** First all is looked at and what a retry could not see any more is remembered; then it is deleted. */
async function deleteAll({ stores, images, memory }: Wanted, signal: AbortSignal): Promise<DeletedImages> {
  const kept: DeletedImages['kept'][number][] = [];
  const errors: unknown[] = [];
  const work: (() => Promise<void>)[] = [];
  let learned = false;
  for (const { repository, digest } of images.filter((image) => !isDigest(image.digest))) {
    kept.push({ repository, digest, why: 'that is no digest' });
  }
  const wanted = images.filter(({ digest }) => isDigest(digest));
  for (const [repository, own] of Map.groupBy(wanted, (image) => image.repository.toLowerCase())) {
    const keep = (left: readonly { digest: string; why: string }[]): void => {
      kept.push(...left.map(({ digest, why }) => ({ repository, digest, why })));
    };
    const trying = async (doing: () => Promise<void>): Promise<void> => {
      try {
        await doing();
      } catch (error) {
        signal.throwIfAborted();
        const why = whyForGood(error);
        if (why === null) errors.push(error);
        else keep(own.map(({ digest }) => ({ digest, why })));
      }
    };
    await trying(async () => {
      const deletion: StoreDeletion = { store: stores(repository), images: own };
      const remembered = memory[repository] ?? [];
      const { steps, kept: left } = await surveyAndPlan(deletion, remembered, signal);
      const named = namedByIndexes(steps, own);
      learned ||= named.some((digest) => !remembered.includes(digest));
      memory[repository] = [...new Set([...remembered, ...named])];
      keep(left);
      work.push(() => trying(async () => keep(await carryOut(deletion, steps, signal))));
    });
  }
  if (learned) await recorded(memory, signal);
  for (const doing of work) await doing();
  if (errors.length > 0) throw moreHopeful(errors);
  return summary(images, kept);
}

function namedByIndexes(steps: readonly DeletionStep[], own: readonly OwnImage[]): string[] {
  const given = new Set(own.map(({ digest }) => digest));
  return steps.map(({ digest }) => digest).filter((digest) => !given.has(digest));
}

function summary(images: readonly OwnImage[], kept: DeletedImages['kept']): DeletedImages {
  const keyOf = (repository: string, digest: string): string => `${repository.toLowerCase()}@${digest}`;
  const given = new Set(images.map(({ repository, digest }) => keyOf(repository, digest)));
  const told = new Map(kept.map((one) => [keyOf(one.repository, one.digest), one]));
  const deleted = [...given].filter((key) => !told.has(key)).length;
  return { deleted, kept: [...told.values()] };
}
