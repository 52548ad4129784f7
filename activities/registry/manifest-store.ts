import { z } from 'zod';
import { failure } from '../failure.ts';
import type { RepositoryClient } from './client.ts';
import type { ImageName } from './image-name.ts';
import type { ImageStore } from './image-store.ts';
import { inLanes } from './lanes.ts';
import { lookUp } from './manifest.ts';
import type { ReadReferences } from './references.ts';

export interface ManifestStoreTools {
  /** With the right to delete. */
  readonly client: RepositoryClient;
  readonly references: ReadReferences;
}

/**
 * A repository of any registry that speaks OCI's distribution protocol. It lists tags only: indexes without one are not
 * known, so what an index names is left to the registry's own garbage collection.
 */
export function createManifestStore(
  { client, references }: ManifestStoreTools,
  image: ImageName,
): ImageStore {
  const look = async (reference: string, signal: AbortSignal): Promise<string | null> => {
    const found = await lookUp(client, reference, signal);
    if (found === 'hidden') throw hidden(image, reference);
    return found === 'absent' ? null : found.digest;
  };
  const tagsByDigest = async (signal: AbortSignal): Promise<Map<string, string[]>> => {
    const named = new Map<string, string[]>();
    await inLanes(await listTags(client, image, signal), async (tag) => {
      const digest = await look(tag, signal);
      if (digest !== null) named.set(digest, [...(named.get(digest) ?? []), tag]);
    });
    return named;
  };
  return {
    survey: async (digests, signal) => {
      const named = await tagsByDigest(signal);
      const own = new Set(digests);
      for (const digest of own) {
        if (!named.has(digest) && (await look(digest, signal)) !== null) named.set(digest, []);
      }
      const others = [...named.keys()].filter((digest) => !own.has(digest));
      const contents = await references({ name: image.repository, client }, others, signal);
      return [...named].map(([digest, tags]) => ({
        digest,
        tags,
        references: own.has(digest) ? [] : (contents.get(digest) ?? null),
      }));
    },
    tagsOf: async (digest, signal) => {
      if ((await look(digest, signal)) === null) return null;
      return (await tagsByDigest(signal)).get(digest) ?? [];
    },
    remove: async (digest, signal) => {
      const { status, body } = await client.ask('DELETE', `manifests/${digest}`, signal);
      if (status === 404 || (status >= 200 && status < 300)) return null;
      if (status === 405) return `the registry ${image.host} does not delete images`;
      const said = /"message"\s*:\s*"([^"]{1,200})"/.exec(body.toString('utf8'))?.[1];
      return `the registry ${image.host} refuses to delete it (HTTP ${status}${said === undefined ? '' : `: ${said}`}); the worker's login for it must have the right to delete`;
    },
  };
}

async function listTags(client: RepositoryClient, image: ImageName, signal: AbortSignal): Promise<string[]> {
  const tags: string[] = [];
  let query: string | null = '?n=1000';
  while (query !== null) {
    const { status, headers, body } = await client.ask('GET', `tags/list${query}`, signal);
    // a repository without tags may be none
    if (status === 404) break;
    if (status !== 200) throw hidden(image, 'list of tags');
    tags.push(...tagsIn(body));
    query = /<[^>?]*(\?[^>]+)>\s*;\s*rel="?next/.exec(headers.get('link') ?? '')?.[1] ?? null;
  }
  return tags;
}

const tagList = z.object({ tags: z.array(z.string()).nullish() });

function tagsIn(body: Buffer): readonly string[] {
  try {
    return tagList.parse(JSON.parse(body.toString('utf8'))).tags ?? [];
  } catch (error) {
    throw failure('RegistryUnavailable', 'The registry answered with something that is no list of tags.', {
      cause: error,
    });
  }
}

function hidden({ host, repository }: ImageName, what: string): Error {
  const message = `The registry ${host} does not show the worker the ${what} of ${repository}; its login must have the right to pull.`;
  return failure('RegistryDenied', message);
}
