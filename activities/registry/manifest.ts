import { createHash } from 'node:crypto';
import { z } from 'zod';
import { failure } from '../failure.ts';
import type { RepositoryClient } from './client.ts';
import { isDigest } from './image-name.ts';

/** What a digest names; never changes. */
export interface ImageContent {
  /** Its own digest, and those of an index's images. */
  readonly digests: readonly string[];
  /** `org.opencontainers.image.revision`: the commit it was built from; null when it does not say. */
  readonly revision: string | null;
}

const revisionLabel = 'org.opencontainers.image.revision';

interface Manifest {
  readonly config?: { readonly digest?: string };
  readonly annotations?: Readonly<Record<string, string>>;
  readonly manifests?: readonly {
    readonly digest?: string;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly platform?: { readonly os?: string; readonly architecture?: string };
  }[];
}

/** Which digest a tag names now; null when there is none, or none that we may see. */
export async function readDigest(
  client: RepositoryClient,
  reference: string,
  signal: AbortSignal,
): Promise<string | null> {
  const found = await lookUp(client, reference, signal);
  return typeof found === 'string' ? null : found.digest;
}

/** `hidden`: the registry does not show it to us, whether it is there or not. */
type Unseen = 'absent' | 'hidden';

/** Which digest a tag names now, or whether a digest is there. */
export async function lookUp(
  client: RepositoryClient,
  reference: string,
  signal: AbortSignal,
): Promise<{ readonly digest: string } | Unseen> {
  const answer = await client.ask('HEAD', `manifests/${reference}`, signal);
  const told = answer.headers.get('docker-content-digest');
  if (answer.status === 200 && told !== null && isDigest(told)) return { digest: told };
  if (answer.status !== 200 && answer.status !== 405) return unseen(answer.status);
  // A registry that tells no digest: the content does.
  const { status, body } = await client.ask('GET', `manifests/${reference}`, signal);
  return status === 200 ? { digest: digestOf(body) } : unseen(status);
}

/**
 * Which digests an index names, attestations and indexes inside it too; none where a digest names no index. Content
 * that cannot be read counts as hidden.
 *
 * @throws failure `RegistryUnavailable` when the content does not match the digest.
 */
export async function readReferences(
  client: RepositoryClient,
  digest: string,
  signal: AbortSignal,
): Promise<readonly string[] | Unseen> {
  const { status, body } = await client.ask('GET', `manifests/${digest}`, signal);
  if (status !== 200) return unseen(status);
  const index = indexContent.safeParse(parseVerified(body, digest));
  return index.success ? (index.data.manifests ?? []).map((entry) => entry.digest) : 'hidden';
}

const indexContent = z.object({ manifests: z.array(z.object({ digest: z.string() })).nullish() });

function unseen(status: number): Unseen {
  return status === 404 ? 'absent' : 'hidden';
}

/**
 * Reads what a digest names, and that it is what it says; null when it is not there.
 *
 * @throws failure `RegistryUnavailable` when the content does not match the digest.
 */
export async function readContent(
  client: RepositoryClient,
  digest: string,
  signal: AbortSignal,
): Promise<ImageContent | null> {
  const manifest = await readJson<Manifest>(client, { path: `manifests/${digest}`, digest }, signal);
  if (!manifest) return null;
  const images = (manifest.manifests ?? []).filter((entry) => isImage(entry) && isDigest(entry.digest ?? ''));
  const digests = [digest, ...images.flatMap((entry) => entry.digest ?? [])];
  const first = digests[1];
  const own =
    first === undefined
      ? manifest
      : await readJson<Manifest>(client, { path: `manifests/${first}`, digest: first }, signal);
  const label = own && (await readLabel(client, own, signal));
  return {
    digests,
    revision: label ?? own?.annotations?.[revisionLabel] ?? manifest.annotations?.[revisionLabel] ?? null,
  };
}

/** Attestations lie in an index too, as images of an unknown platform. */
function isImage({ platform, annotations }: NonNullable<Manifest['manifests']>[number]): boolean {
  return platform?.os !== 'unknown' && annotations?.['vnd.docker.reference.type'] === undefined;
}

async function readLabel(
  client: RepositoryClient,
  manifest: Manifest,
  signal: AbortSignal,
): Promise<string | null> {
  const digest = manifest.config?.digest;
  if (digest === undefined || !isDigest(digest)) return null;
  const config = await readJson<{ config?: { Labels?: Record<string, string> | null } }>(
    client,
    { path: `blobs/${digest}`, digest },
    signal,
  );
  return config?.config?.Labels?.[revisionLabel] ?? null;
}

async function readJson<T>(
  client: RepositoryClient,
  { path, digest }: { path: string; digest: string },
  signal: AbortSignal,
): Promise<T | null> {
  const { status, body } = await client.ask('GET', path, signal);
  return status === 200 ? (parseVerified(body, digest) as T) : null;
}

function parseVerified(body: Buffer, digest: string): unknown {
  if (digestOf(body) !== digest) {
    throw failure('RegistryUnavailable', `The registry answered with other content than ${digest} names.`);
  }
  try {
    return JSON.parse(body.toString('utf8'));
  } catch (error) {
    throw failure('RegistryUnavailable', `The registry answered with something that is no manifest.`, {
      cause: error,
    });
  }
}

function digestOf(body: Buffer): string {
  return `sha256:${createHash('sha256').update(body).digest('hex')}`;
}
