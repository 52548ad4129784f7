import { createHash, randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { inject, onTestFinished } from 'vitest';
import type {
  RegistryOptions,
  ResolvedImages,
  ResolveImagesInput,
} from '../../../activities/registry/activities.ts';
import { createRegistryActivities } from '../../../activities/registry/activities.ts';
import { activityEnvironment } from '../environment.ts';
import type { ImageRequest } from '../../../domain/image.ts';

export const commit = 'a'.repeat(40);
export const otherCommit = 'b'.repeat(40);

function digestOf(content: string): string {
  return `sha256:${createHash('sha256').update(content).digest('hex')}`;
}

/** The stack's registry: real, over plain HTTP. */
export function registryUrl(): string {
  return `http://${inject('stack').registry?.address}`;
}

/** A repository no other test uses, and the name it has in images of a mirrored host. */
export function newRepository(): {
  path: string;
  image: string;
  options: Pick<RegistryOptions, 'registries'>;
} {
  const path = `test-registry/${randomUUID()}`;
  const host = 'ghcr.example';
  const registries = [{ host, url: registryUrl(), pullSecret: null, deleteImages: false }];
  return { path, image: `${host}/${path}`, options: { registries } };
}

const mediaTypes = {
  index: 'application/vnd.oci.image.index.v1+json',
  manifest: 'application/vnd.oci.image.manifest.v1+json',
  config: 'application/vnd.oci.image.config.v1+json',
};

/** Content of an image without layers. */
function imageOf(revision: string | null, salt = ''): { config: string; manifest: string } {
  const labels = revision === null ? {} : { 'org.opencontainers.image.revision': revision };
  const config = JSON.stringify({ architecture: 'amd64', os: 'linux', config: { Labels: labels }, salt });
  const manifest = JSON.stringify({
    schemaVersion: 2,
    mediaType: mediaTypes.manifest,
    config: { mediaType: mediaTypes.config, digest: digestOf(config), size: config.length },
    layers: [],
  });
  return { config, manifest };
}

/** Pushes an image to the real registry, without a tag where there is none. @returns its digest */
export async function pushImage(
  path: string,
  { tag, revision = null, salt = '' }: { tag?: string; revision?: string | null; salt?: string },
): Promise<string> {
  const { config, manifest } = imageOf(revision, salt);
  await pushBlob(path, config);
  const digest = digestOf(manifest);
  await pushManifest(path, { reference: tag ?? digest, content: manifest, type: mediaTypes.manifest });
  return digest;
}

/** Pushes an index of what is there already. @returns its digest */
export async function pushIndexOf(
  path: string,
  { tag, digests }: { tag: string; digests: readonly string[] },
): Promise<string> {
  const manifests = digests.map((digest) => ({ mediaType: mediaTypes.manifest, size: 1, digest }));
  const content = JSON.stringify({ schemaVersion: 2, mediaType: mediaTypes.index, manifests });
  await pushManifest(path, { reference: tag, content, type: mediaTypes.index });
  return digestOf(content);
}

/** What of this the real registry holds: of each tag its digest, of each digest itself. */
export async function heldOf(path: string, references: readonly string[]): Promise<(string | null)[]> {
  return await Promise.all(
    references.map(async (reference) => {
      const headers = { accept: `${mediaTypes.manifest}, ${mediaTypes.index}` };
      const url = `${registryUrl()}/v2/${path}/manifests/${reference}`;
      const answer = await fetch(url, { method: 'HEAD', headers });
      return answer.status === 200 ? answer.headers.get('docker-content-digest') : null;
    }),
  );
}

/** Pushes an index of images for two platforms and an attestation, as buildx does. */
export async function pushIndex(
  path: string,
  { tag, revision }: { tag: string; revision: string },
): Promise<{ digest: string; children: string[] }> {
  const children = [];
  for (const architecture of ['amd64', 'arm64']) {
    const digest = await pushImage(path, { tag: `${tag}-${architecture}`, revision, salt: architecture });
    children.push({ digest, platform: { os: 'linux', architecture } });
  }
  const attestation = await pushImage(path, {
    tag: `${tag}-attestation`,
    revision: null,
    salt: 'attestation',
  });
  const entries = [
    ...children,
    { digest: attestation, platform: { os: 'unknown', architecture: 'unknown' } },
  ];
  const manifests = entries.map((entry) => ({ mediaType: mediaTypes.manifest, size: 1, ...entry }));
  const content = JSON.stringify({ schemaVersion: 2, mediaType: mediaTypes.index, manifests });
  await pushManifest(path, { reference: tag, content, type: mediaTypes.index });
  return { digest: digestOf(content), children: children.map(({ digest }) => digest) };
}

async function pushBlob(path: string, content: string): Promise<void> {
  const started = await fetch(`${registryUrl()}/v2/${path}/blobs/uploads/`, { method: 'POST' });
  const location = new URL(started.headers.get('location') ?? '', registryUrl());
  location.searchParams.set('digest', digestOf(content));
  const headers = { 'content-type': 'application/octet-stream' };
  const done = await fetch(location, { method: 'PUT', headers, body: content });
  if (done.status !== 201) throw new Error(`The registry answered ${done.status} to a blob.`);
}

async function pushManifest(
  path: string,
  { reference, content, type }: { reference: string; content: string; type: string },
): Promise<void> {
  const url = `${registryUrl()}/v2/${path}/manifests/${reference}`;
  const done = await fetch(url, { method: 'PUT', headers: { 'content-type': type }, body: content });
  if (done.status !== 201) throw new Error(`The registry answered ${done.status} to a manifest.`);
}

export function request(repository: string, more: Partial<ImageRequest> = {}): ImageRequest {
  const usual = { tag: 'pr-1', fresh: 'revision', fallback: null, reported: null } as const;
  return { service: 'ui', image: 'main', repository, ...usual, notBuilt: false, waitOver: false, ...more };
}

/** Runs the activity as Temporal would. */
export async function resolve(
  options: Partial<RegistryOptions>,
  requests: readonly ImageRequest[],
  more: Partial<ResolveImagesInput> = {},
): Promise<ResolvedImages> {
  const activities = createRegistryActivities({ registries: [], fetch, ...options });
  return activityEnvironment().run((input: ResolveImagesInput) => activities.resolveImages(input), {
    requests,
    commit,
    ...more,
  });
}

/** A registry of the test's own, for what a real one does not do on demand. */
export async function serve(
  answer: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<{ url: string; options: Pick<RegistryOptions, 'registries'>; asked: IncomingMessage[] }> {
  const asked: IncomingMessage[] = [];
  const server = createServer((request, response) => {
    asked.push(request);
    answer(request, response);
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const registries = [{ host: 'ghcr.example', url, pullSecret: null, deleteImages: false }];
  return { url, options: { registries }, asked };
}

/** Where nobody listens. */
export async function closedUrl(): Promise<string> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return `http://127.0.0.1:${port}`;
}

/** Answers like a registry that holds one image under every tag. */
export function answerImage(request: IncomingMessage, response: ServerResponse, revision = commit): void {
  const { config, manifest } = imageOf(revision);
  const isBlob = request.url?.includes('/blobs/') ?? false;
  const content = isBlob ? config : manifest;
  response.setHeader('content-type', isBlob ? 'application/octet-stream' : mediaTypes.manifest);
  response.setHeader('docker-content-digest', digestOf(content));
  response.end(request.method === 'HEAD' ? undefined : content);
}
