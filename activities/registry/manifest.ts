import { createHash } from 'node:crypto';
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
  const answer = await client.ask('HEAD', `manifests/${reference}`, signal);
  const told = answer.headers.get('docker-content-digest');
  if (answer.status === 200 && told !== null && isDigest(told)) return told;
  if (answer.status !== 200 && answer.status !== 405) return null;
  // A registry that tells no digest: the content does.
  const { status, body } = await client.ask('GET', `manifests/${reference}`, signal);
  return status === 200 ? digestOf(body) : null;
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
  if (status !== 200) return null;
  if (digestOf(body) !== digest) {
    throw failure('RegistryUnavailable', `The registry answered with other content than ${digest} names.`);
  }
  try {
    return JSON.parse(body.toString('utf8')) as T;
  } catch (error) {
    throw failure('RegistryUnavailable', `The registry answered with something that is no manifest.`, {
      cause: error,
    });
  }
}

function digestOf(body: Buffer): string {
  return `sha256:${createHash('sha256').update(body).digest('hex')}`;
}
