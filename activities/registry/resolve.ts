import type { ImageRequest } from '../../domain/image.ts';
import type { Problem } from '../../domain/failures.ts';
import type { MissingImage } from '../../domain/outcome.ts';
import type { PinnedImage } from '../../domain/plan.ts';
import type { RepositoryClient } from './client.ts';
import type { ImageName } from './image-name.ts';
import { isDigest, isTag, parseImageName } from './image-name.ts';
import type { ImageContent } from './manifest.ts';
import { readDigest } from './manifest.ts';

/** What became of one request. */
export type Resolved =
  | { readonly kind: 'pinned'; readonly image: PinnedImage }
  | { readonly kind: 'missing'; readonly missing: MissingImage }
  | { readonly kind: 'problem'; readonly problem: Problem };

export interface ResolveTools {
  client(image: ImageName): RepositoryClient;
  content(image: ImageName, digest: string, signal: AbortSignal): Promise<ImageContent | null>;
  /** Whether an image built from `revision` is one of the commit that is asked for. */
  isOfCommit(revision: string, signal: AbortSignal): Promise<boolean>;
}

/**
 * Finds the digest to deploy for one image. Which one it is decides `fresh`; the fallback tag is used only for an
 * image that was not built for this commit, or was waited for in vain, and whose tag is not there; never when the tag
 * holds another commit.
 */
export async function resolveImage(
  tools: ResolveTools,
  request: ImageRequest,
  signal: AbortSignal,
): Promise<Resolved> {
  const name = parseImageName(request.repository);
  const wrong =
    name === null
      ? request.repository
      : [request.tag, request.fallback].find((tag) => tag !== null && !isTag(tag));
  if (name === null || typeof wrong === 'string') {
    return problem(
      request,
      'InvalidPreviewConfig',
      `${JSON.stringify(wrong)} cannot be ${name ? 'a tag' : 'an image'}; check the template.`,
    );
  }
  if (request.fresh === 'reported' && request.reported !== null)
    return pinReported(tools, { request, name }, signal);
  if (request.fresh === 'reported' && !request.notBuilt && !request.waitOver)
    return missing(request, 'missing', null);
  const found = await readTag(tools, { name, tag: request.tag }, signal);
  if (found === null) return substitute(tools, { request, name }, signal);
  if (request.fresh === 'any' || request.fresh === 'version') return pinned(name, found);
  const { revision } = found.content;
  if (revision !== null && (await tools.isOfCommit(revision, signal))) return pinned(name, found);
  return missing(request, 'other-commit', revision);
}

interface Found {
  readonly tag: string;
  readonly digest: string;
  readonly content: ImageContent;
}

interface Asked {
  readonly request: ImageRequest;
  readonly name: ImageName;
}

async function readTag(
  tools: ResolveTools,
  { name, tag }: { name: ImageName; tag: string },
  signal: AbortSignal,
): Promise<Found | null> {
  const digest = await readDigest(tools.client(name), tag, signal);
  const content = digest === null ? null : await tools.content(name, digest, signal);
  return digest === null || content === null ? null : { tag, digest, content };
}

async function pinReported(
  tools: ResolveTools,
  { request, name }: Asked,
  signal: AbortSignal,
): Promise<Resolved> {
  const digest = request.reported ?? '';
  if (!isDigest(digest)) {
    return problem(
      request,
      'BadMessage',
      `CI reported ${JSON.stringify(digest)}, which is no digest (sha256:…).`,
    );
  }
  const content = await tools.content(name, digest, signal);
  if (content === null) return missing(request, 'missing', null);
  const resolved = pinned(name, { tag: request.tag, digest, content });
  const { revision } = content;
  const proven = revision !== null && (await tools.isOfCommit(revision, signal));
  return proven ? resolved : marked(resolved, { unproven: true });
}

/** The base branch's image, for a service that this commit did not change. */
async function substitute(
  tools: ResolveTools,
  { request, name }: Asked,
  signal: AbortSignal,
): Promise<Resolved> {
  const { fallback, notBuilt, waitOver, repository, tag } = request;
  if (fallback === null && notBuilt) {
    const message = `CI reported that it did not build ${repository}:${tag} for this commit, and there is no \`fallback\`. Build it, or name the tag to use instead.`;
    return problem(request, 'ImageMissing', message);
  }
  if (fallback === null || !(notBuilt || waitOver)) return missing(request, 'missing', null);
  const found = await readTag(tools, { name, tag: fallback }, signal);
  // whoever verifies must know that another commit is served
  if (found) return marked(pinned(name, found), { fallback: true });
  const message = `Neither ${repository}:${tag} nor its fallback ${repository}:${fallback} was found, or we have no access to them.`;
  return problem(request, 'ImageMissing', message);
}

function pinned(name: ImageName, { tag, digest, content }: Found): Resolved {
  return { kind: 'pinned', image: { repository: name.repository, tag, digest, digests: content.digests } };
}

function marked(resolved: Resolved, mark: Pick<PinnedImage, 'fallback' | 'unproven'>): Resolved {
  return resolved.kind === 'pinned' ? { ...resolved, image: { ...resolved.image, ...mark } } : resolved;
}

function missing(
  request: ImageRequest,
  reason: MissingImage['reason'],
  foundCommit: string | null,
): Resolved {
  const { service, image, repository, tag } = request;
  return { kind: 'missing', missing: { service, image, repository, tag, reason, foundCommit } };
}

function problem({ service, image }: ImageRequest, type: Problem['type'], message: string): Resolved {
  return {
    kind: 'problem',
    problem: { type, where: `preview.yaml: services.${service}.images.${image}`, message },
  };
}
