import type { DeletionPlan, DeletionStep } from '../../domain/image-deletion.ts';
import { planDeletion, whoElseNamesIt } from '../../domain/image-deletion.ts';
import type { OwnImage } from '../../domain/image.ts';
import { permanentType } from '../failure.ts';
import type { ImageStore } from './image-store.ts';

/** Images that are to be deleted from one repository. */
export interface StoreDeletion {
  readonly store: ImageStore;
  readonly images: readonly OwnImage[];
}

/** Looks at all that the repository holds, and decides what goes. */
export async function surveyAndPlan(
  { store, images }: StoreDeletion,
  remembered: readonly string[],
  signal: AbortSignal,
): Promise<DeletionPlan> {
  const digests = new Set([...images.map(({ digest }) => digest), ...remembered]);
  return planDeletion({ images, remembered, manifests: await store.survey([...digests], signal) });
}

/**
 * Deletes, step by step, what still is as it was seen.
 *
 * @returns what was left after all, and why.
 */
export async function carryOut(
  { store, images }: StoreDeletion,
  steps: readonly DeletionStep[],
  signal: AbortSignal,
): Promise<DeletionPlan['kept']> {
  const own = new Set(images.map(({ digest }) => digest));
  const tags = new Set(images.map(({ tag }) => tag));
  const left = new Set<string>();
  const kept: { digest: string; why: string }[] = [];
  for (const { digest, after } of steps) {
    const index = after.find((one) => left.has(one));
    const why =
      index === undefined
        ? await removeUnlessTagged(store, { digest, tags }, signal)
        : `the index ${index} stays and needs it`;
    if (why === null) continue;
    left.add(digest);
    // what an index names stays with it; there is nothing to tell
    if (index === undefined || own.has(digest)) kept.push({ digest, why });
  }
  return kept;
}

async function removeUnlessTagged(
  store: ImageStore,
  { digest, tags }: { readonly digest: string; readonly tags: ReadonlySet<string> },
  signal: AbortSignal,
): Promise<string | null> {
  try {
    const named = await store.tagsOf(digest, signal);
    if (named === null) return null;
    return whoElseNamesIt(named, tags) ?? (await store.remove(digest, signal));
  } catch (error) {
    signal.throwIfAborted();
    const why = whyForGood(error);
    if (why === null) throw error;
    return why;
  }
}

/** Why something cannot be done for good, in words; null for an error that is worth another try. */
export function whyForGood(error: unknown): string | null {
  return error instanceof Error && permanentType(error) !== null ? error.message : null;
}
