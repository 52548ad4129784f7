import type { DeletedImages, OwnImage } from './image.ts';
import type { PreviewState } from './preview.ts';
import { instant } from './report-text.ts';

/** Images that were made for the pull request alone and are deleted some time after it is closed. */
export interface OwnImages {
  /** All that this preview ran, the newest last. */
  readonly images: readonly OwnImage[];
  /** How long they are kept after the end, in milliseconds; out of the last plan. */
  readonly keepMs: number;
  /** When they are deleted; null: not while the pull request is open, or anything is held. */
  readonly dueAt: number | null;
  /** How often in a row deleting failed. */
  readonly failures: number;
}

export const noOwnImages: OwnImages = { images: [], keepMs: 0, dueAt: null, failures: 0 };

/** What becomes of deleting them. */
export type OwnImagesEvent =
  | { readonly kind: 'images-deleting' }
  | { readonly kind: 'images-deleted'; readonly deleted: DeletedImages }
  | { readonly kind: 'images-not-deleted'; readonly reason: string; readonly permanent: boolean };

/** More than that a pull request leaves to its registry's own retention. */
const rememberedImages = 200;
/** Tries before they are left: with the pauses below, a day and a half. */
const triesAtMost = 10;
const pauseMs = { first: 600_000, longest: 6 * 3_600_000 };

/** With what a plan that is now deployed runs. */
export function withImagesOf(
  own: OwnImages,
  plan: { readonly ownImages: readonly OwnImage[]; readonly keepImagesMs: number },
): OwnImages {
  const isNew = (image: OwnImage): boolean => plan.ownImages.every((other) => !isSame(image, other));
  const images = [...own.images.filter(isNew), ...plan.ownImages].slice(-rememberedImages);
  return { ...own, images, keepMs: plan.keepImagesMs };
}

/** Their time begins when the pull request is closed and nothing is held, and is over when it is open again. */
export function settleImages({ own, ending, holds }: PreviewState, now: number): OwnImages {
  const counts = ending === 'closed' && holds === 'no' && own.images.length > 0;
  if (counts === (own.dueAt !== null)) return own;
  return { ...own, dueAt: counts ? now + own.keepMs : null, failures: 0 };
}

export function applyOwnImagesEvent(state: PreviewState, event: OwnImagesEvent, now: number): PreviewState {
  const { own, notes } = state;
  const ended = { ...state.running, deletion: false };
  switch (event.kind) {
    case 'images-deleting':
      return { ...state, running: { ...state.running, deletion: true } };
    case 'images-deleted':
      return {
        ...state,
        running: ended,
        own: without(own),
        notes: [...notes, ...deletionNotes(event.deleted)],
      };
    case 'images-not-deleted': {
      const failures = own.failures + 1;
      if (!event.permanent && failures < triesAtMost) {
        const pause = Math.min(pauseMs.first * 2 ** (failures - 1), pauseMs.longest);
        return { ...state, running: ended, own: { ...own, failures, dueAt: now + pause } };
      }
      const note = `Its images were left in the registry: ${event.reason}`;
      return { ...state, running: ended, own: without(own), notes: [...notes, note] };
    }
  }
}

/** What people are told of images that wait to be deleted. */
export function ownImagesNote({ images, dueAt }: OwnImages): string | null {
  if (dueAt === null) return null;
  const [what, are] = images.length === 1 ? ['image', 'is'] : [`${images.length} images`, 'are'];
  return `Its ${what} ${are} deleted at ${instant(dueAt)}, unless the pull request is reopened before.`;
}

function deletionNotes({ deleted, kept }: DeletedImages): string[] {
  return [
    ...(deleted === 0 ? [] : [`${deleted} of its images ${deleted === 1 ? 'was' : 'were'} deleted.`]),
    ...kept.map(({ repository, digest, why }) => `${repository}@${digest.slice(0, 19)} was kept: ${why}`),
  ];
}

function without(own: OwnImages): OwnImages {
  return { ...own, images: [], dueAt: null, failures: 0 };
}

function isSame(one: OwnImage, other: OwnImage): boolean {
  return one.repository === other.repository && one.digest === other.digest;
}
