import { readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { MANIFEST_TYPE } from './image.ts';
import type { Image } from './image.ts';
import { digestOf } from './layer.ts';

/** Where an image goes. */
export interface Destination {
  /** Registry as `host:port`, spoken to over plain HTTP, or as a URL. */
  readonly registry: string;
  /** Without the registry's host. */
  readonly repository: string;
  readonly tag: string;
}

interface Blob {
  readonly digest: string;
  read(): Promise<Buffer>;
}

const ATTEMPTS = 3;
const REQUEST_TIMEOUT = 60_000;

/**
 * Pushes an image, leaving out what the registry has. Answers the digest that the tag then names.
 * A registry that is busy or away is asked again for a few seconds.
 */
export async function pushImage(image: Image, destination: Destination): Promise<string> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await pushOnce(image, destination);
    } catch (error) {
      if (attempt === ATTEMPTS || (error instanceof Refused && !error.passing))
        throw explained(error, destination);
      await delay(250 * 2 ** attempt);
    }
  }
}

/** The registry answered with an error. */
class Refused extends Error {
  /** Whether the same request may succeed a little later. */
  readonly passing: boolean;

  constructor(what: string, status: number, body: string) {
    super(`${what} was answered with ${status} ${body.slice(0, 300)}`.trim());
    this.name = 'Refused';
    this.passing = status === 429 || status >= 500;
  }
}

async function pushOnce(image: Image, destination: Destination): Promise<string> {
  const repository = `${baseUrl(destination.registry)}/v2/${destination.repository}`;
  const blobs: Blob[] = [
    ...image.layers.map(({ digest, file }) => ({ digest, read: () => readFile(file) })),
    { digest: digestOf(image.config), read: async () => image.config },
  ];
  await Promise.all(blobs.map((blob) => pushBlob(repository, blob)));
  await request('PUT', `${repository}/manifests/${destination.tag}`, {
    headers: { 'content-type': MANIFEST_TYPE },
    body: image.manifest,
    expected: [201],
  });
  return image.digest;
}

async function pushBlob(repository: string, blob: Blob): Promise<void> {
  const found = await request('HEAD', `${repository}/blobs/${blob.digest}`, { expected: [200, 404] });
  if (found.status === 200) return;
  const started = await request('POST', `${repository}/blobs/uploads/`, { expected: [202] });
  const upload = new URL(started.headers.get('location') ?? '', started.url);
  upload.searchParams.set('digest', blob.digest);
  await request('PUT', upload.href, {
    headers: { 'content-type': 'application/octet-stream' },
    body: await blob.read(),
    expected: [201],
  });
}

async function request(
  method: string,
  url: string,
  options: { headers?: Record<string, string>; body?: Buffer; expected: readonly number[] },
): Promise<Response> {
  const response = await fetch(url, {
    method,
    headers: options.headers ?? {},
    signal: AbortSignal.timeout(REQUEST_TIMEOUT),
    ...(options.body === undefined ? {} : { body: new Uint8Array(options.body) }),
  });
  const body = await response.text();
  if (!options.expected.includes(response.status)) {
    throw new Refused(`${method} ${new URL(url).pathname}`, response.status, body);
  }
  return response;
}

function baseUrl(registry: string): string {
  return registry.includes('://') ? registry.replace(/\/$/, '') : `http://${registry}`;
}

function explained(error: unknown, { registry, repository, tag }: Destination): Error {
  const reason = error instanceof Refused ? error.message : 'it does not answer';
  return new Error(`Could not push ${repository}:${tag} to the registry at ${registry}: ${reason}`, {
    cause: error,
  });
}
