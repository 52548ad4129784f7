import type { RegistryConfig } from '../../domain/config.ts';
import type { Problem } from '../../domain/failures.ts';
import type { ImageRequest } from '../../domain/image.ts';
import type { MissingImage } from '../../domain/outcome.ts';
import type { PinnedImage, PinnedImages } from '../../domain/plan.ts';
import { permanentType } from '../failure.ts';
import { withHeartbeat } from '../heartbeat.ts';
import type { RegistryLogin } from './client.ts';
import { createRepositoryClient } from './client.ts';
import type { ImageContent } from './manifest.ts';
import { readContent } from './manifest.ts';
import { createSend } from './request.ts';
import type { Resolved, ResolveTools } from './resolve.ts';
import { resolveImage } from './resolve.ts';

export interface ResolveImagesInput {
  readonly requests: readonly ImageRequest[];
  /** Head commit that the images must be of. */
  readonly commit: string;
  /** Where the commit lies; needed to recognise an image that was built from the merge of the commit. */
  readonly source?: SourceRepository;
}

export interface SourceRepository {
  readonly owner: string;
  readonly repository: string;
}

export interface ResolvedImages {
  readonly images: PinnedImages;
  readonly missing: readonly MissingImage[];
  readonly problems: readonly Problem[];
}

export interface RegistryActivities {
  /**
   * Finds the digests of all images of a run at once. What is not there (or not for us to see: registries do not
   * tell the difference) or is of another commit is `missing`; what waiting cannot help is a problem.
   *
   * @throws failure `RegistryUnavailable` when a registry does not answer properly.
   */
  resolveImages(input: ResolveImagesInput): Promise<ResolvedImages>;
}

export interface RegistryOptions {
  readonly registries: readonly RegistryConfig[];
  readonly fetch: typeof globalThis.fetch;
  /** Login for a registry's host, from the worker's environment; null is anonymous. Default: anonymous. */
  readonly credentials?: (host: string) => RegistryLogin | null;
  /** Whether a commit is a merge whose second parent is the head, as GitHub makes for builds. Default: never. */
  readonly isMergeOf?: (
    question: { readonly source: SourceRepository; readonly merge: string; readonly head: string },
    signal: AbortSignal,
  ) => Promise<boolean>;
}

const rememberedContents = 1_000;

/** Makes the activities that ask registries. */
export function createRegistryActivities(options: RegistryOptions): RegistryActivities {
  const send = createSend(options.fetch);
  const asking = { registries: options.registries, send, credentials: options.credentials ?? (() => null) };
  // What a digest names never changes, so it is asked for once.
  const contents = new Map<string, ImageContent>();
  return {
    resolveImages: ({ requests, commit, source }) =>
      withHeartbeat(async (signal) => {
        const clients = new Map<string, ReturnType<typeof createRepositoryClient>>();
        const client: ResolveTools['client'] = (image) => {
          const known = clients.get(image.repository) ?? createRepositoryClient(asking, image);
          clients.set(image.repository, known);
          return known;
        };
        const tools: ResolveTools = {
          client,
          async content(image, digest, signal) {
            const key = `${image.repository}@${digest}`;
            const content = contents.get(key) ?? (await readContent(client(image), digest, signal));
            if (contents.size >= rememberedContents) contents.clear();
            if (content) contents.set(key, content);
            return content;
          },
          async isOfCommit(revision, signal) {
            if (revision.toLowerCase() === commit.toLowerCase()) return true;
            if (!source || !options.isMergeOf || !/^[0-9a-f]{40}$/i.test(revision)) return false;
            return options.isMergeOf({ source, merge: revision, head: commit }, signal);
          },
        };
        return gather(
          requests,
          await Promise.allSettled(requests.map((one) => resolveImage(tools, one, signal))),
        );
      }),
  };
}

/** What is permanent becomes a problem; the rest is thrown once all have been asked. */
function gather(
  requests: readonly ImageRequest[],
  settled: readonly PromiseSettledResult<Resolved>[],
): ResolvedImages {
  const images: Record<string, Record<string, PinnedImage>> = {};
  const missing: MissingImage[] = [];
  const problems: Problem[] = [];
  for (const [index, outcome] of settled.entries()) {
    const { service, image } = requests[index] ?? { service: '', image: '' };
    const resolved =
      outcome.status === 'fulfilled' ? outcome.value : asProblem(outcome.reason, { service, image });
    if (resolved.kind === 'pinned') (images[service] ??= {})[image] = resolved.image;
    else if (resolved.kind === 'missing') missing.push(resolved.missing);
    else problems.push(resolved.problem);
  }
  return { images, missing, problems };
}

function asProblem(error: unknown, { service, image }: { service: string; image: string }): Resolved {
  const type = permanentType(error);
  if (!(error instanceof Error) || type === null) throw error;
  return {
    kind: 'problem',
    problem: { type, where: `preview.yaml: services.${service}.images.${image}`, message: error.message },
  };
}
