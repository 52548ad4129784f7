import type { RepositoryClient } from './client.ts';
import { inLanes } from './lanes.ts';
import { readReferences } from './manifest.ts';

/**
 * Reads which digests others name, for many digests of one repository; null where the registry does not show the
 * content. One that is not there names none.
 */
export type ReadReferences = (
  repository: { readonly name: string; readonly client: RepositoryClient },
  digests: readonly string[],
  signal: AbortSignal,
) => Promise<ReadonlyMap<string, readonly string[] | null>>;

/** About 7 MB. */
const remembered = 50_000;

/** What a digest names never changes, so each is asked for once in this process. */
export function createReferences(): ReadReferences {
  const known = new Map<string, readonly string[]>();
  return async ({ name, client }, digests, signal) => {
    const found = new Map<string, readonly string[] | null>();
    const absent: string[] = [];
    await inLanes(digests, async (digest) => {
      const key = `${name}@${digest}`;
      const references = known.get(key) ?? (await readReferences(client, digest, signal));
      if (references === 'absent') absent.push(digest);
      else if (references === 'hidden') found.set(digest, null);
      else {
        found.set(digest, references);
        if (known.size >= remembered) known.clear();
        known.set(key, references);
      }
    });
    // a registry that shows nothing at all may only pretend that there is nothing
    const shown = [...found.values()].some((references) => references !== null);
    for (const digest of absent) found.set(digest, shown ? [] : null);
    return found;
  };
}
