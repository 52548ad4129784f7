import type { StoredManifest } from '../../domain/image-deletion.ts';

/**
 * One repository, for whoever deletes from it. What cannot be done for good is a permanent failure, which says why the
 * images are left; a transient one is for another try.
 */
export interface ImageStore {
  /** All that it holds, with tags and content; of what has no tag, at least what of `digests` is there. */
  survey(digests: readonly string[], signal: AbortSignal): Promise<readonly StoredManifest[]>;
  /** The tags that name a digest of the survey now; null: it is gone. */
  tagsOf(digest: string, signal: AbortSignal): Promise<readonly string[] | null>;
  /** Null: it is deleted, or was gone already. Else in words for people why it is left. */
  remove(digest: string, signal: AbortSignal): Promise<string | null>;
}
