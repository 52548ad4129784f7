import type { IncomingMessage, ServerResponse } from 'node:http';
import { describe, expect, test } from 'vitest';
import { createGitHub } from '../../../activities/github/clients.ts';
import type { ImageStoreOptions } from '../../../activities/registry/image-stores.ts';
import type { DeletedImages, OwnImage } from '../../../domain/image.ts';
import { deleteWith } from './deletion.ts';
import { closedUrl, heldOf, newRepository, pushImage, pushIndexOf, registryUrl, serve } from './support.ts';

const digest = `sha256:${'1'.repeat(64)}`;

/** Nobody asks GitHub for an image of another registry. */
const packages = { octokit: createGitHub({ token: 'none', baseUrl: 'http://127.0.0.1:1' }), token: 'none' };

function optionsFor(url: string, more: Partial<ImageStoreOptions> = {}): ImageStoreOptions {
  const registries = [{ host: 'ghcr.example', url, pullSecret: null, deleteImages: true }];
  return { registries, fetch, credentials: () => null, packages, ...more };
}

async function run(
  images: readonly OwnImage[],
  more: Partial<ImageStoreOptions> = {},
): Promise<DeletedImages> {
  return await deleteWith(optionsFor(registryUrl(), more), images);
}

const own = (repository: string, tag: string, digest: string): OwnImage => ({ repository, tag, digest });

describe('images in a registry that deletes, the real one', () => {
  test('go by their digests, also what the tag has left, and no others; twice is the same', async () => {
    const { path, image } = newRepository();
    const first = await pushImage(path, { tag: 'pr-1', salt: '1' });
    const second = await pushImage(path, { tag: 'pr-1', salt: '2' });
    const other = await pushImage(path, { tag: 'main', salt: 'main' });
    const images = [own(image, 'pr-1', first), own(image, 'pr-1', second)];
    for (let time = 0; time < 2; time++) {
      expect(await run(images)).toEqual({ deleted: 2, kept: [] });
      expect(await heldOf(path, [first, second, 'pr-1', 'main'])).toEqual([null, null, null, other]);
    }
  });

  test('do not go with a tag that names something else by now', async () => {
    const { path, image } = newRepository();
    const first = await pushImage(path, { tag: 'pr-1', salt: '1' });
    const reopened = await pushImage(path, { tag: 'pr-1', salt: '2' });
    expect(await run([own(image, 'pr-1', first)])).toEqual({ deleted: 1, kept: [] });
    expect(await heldOf(path, [first, 'pr-1'])).toEqual([null, reopened]);
  });

  test('stay where another tag names them, or the index of one', async () => {
    const { path, image } = newRepository();
    const shared = await pushImage(path, { tag: 'pr-1', salt: 'shared' });
    await pushImage(path, { tag: 'pr-2', salt: 'shared' });
    const promoted = await pushImage(path, { tag: 'pr-1', salt: 'promoted' });
    await pushIndexOf(path, { tag: 'latest', digests: [promoted] });
    const images = [own(image, 'pr-1', shared), own(image, 'pr-1', promoted)];
    expect(await run(images)).toEqual({
      deleted: 0,
      kept: [
        { repository: image, digest: shared, why: 'the tag pr-2 names it too' },
        { repository: image, digest: promoted, why: 'the index of the tag latest stays and needs it' },
      ],
    });
    expect(await heldOf(path, [shared, promoted])).toEqual([shared, promoted]);
  });

  test('are told from others by all tags, however many pages of them', async () => {
    const { path, image } = newRepository();
    const shared = await pushImage(path, { tag: 'pr-1' });
    for (const tag of ['a', 'b', 'c', 'z']) await pushImage(path, { tag });
    const asked: string[] = [];
    const inPages: typeof fetch = async (input, init) => {
      const url = (input instanceof Request ? input.url : String(input)).replace('n=1000', 'n=2');
      asked.push(url);
      return await fetch(url, init);
    };
    expect(await run([own(image, 'pr-1', shared)], { fetch: inPages })).toMatchObject({
      deleted: 0,
      kept: [{ why: 'the tags a, b, c and 1 more name it too' }],
    });
    expect(asked.filter((url) => url.includes('/tags/list')).length).toBe(3);
  });

  test('go while what an index named is left to the registry', async () => {
    const { path, image } = newRepository();
    const child = await pushImage(path, { salt: 'child' });
    const index = await pushIndexOf(path, { tag: 'pr-1', digests: [child] });
    expect(await run([own(image, 'pr-1', index)])).toEqual({ deleted: 1, kept: [] });
    expect(await heldOf(path, [index, child])).toEqual([null, child]);
  });

  test('go once where two delete them at once', async () => {
    const { path, image } = newRepository();
    const digests = [await pushImage(path, { tag: 'pr-1' }), await pushImage(path, { tag: 'x', salt: 'x' })];
    const images = [own(image, 'pr-1', digests[0] ?? '')];
    const answers = await Promise.all([run(images), run(images)]);
    expect(answers).toEqual([
      { deleted: 1, kept: [] },
      { deleted: 1, kept: [] },
    ]);
    expect(await heldOf(path, digests)).toEqual([null, digests[1]]);
  });

  test('of a repository that was never there count as deleted', async () => {
    const { image } = newRepository();
    expect(await run([own(image, 'pr-1', digest)])).toEqual({ deleted: 1, kept: [] });
  });
});

describe('a registry that', () => {
  /** Holds one image under `pr-1`, and answers a deletion as it likes. */
  const holding =
    (deletion: (response: ServerResponse) => void) =>
    (request: IncomingMessage, response: ServerResponse): void => {
      if (request.method === 'DELETE') deletion(response);
      else if (request.url?.includes('/tags/list')) response.end(JSON.stringify({ tags: ['pr-1'] }));
      else response.setHeader('docker-content-digest', digest).end();
    };
  const image = 'ghcr.example/o/name';
  const images = [own(image, 'pr-1', digest)];

  test.each([
    { status: 405, body: '', why: 'the registry ghcr.example does not delete images' },
    {
      status: 403,
      body: '{"errors":[{"code":"DENIED","message":"requested access is denied"}]}',
      why: 'the registry ghcr.example refuses to delete it (HTTP 403: requested access is denied); the worker’s login for it must have the right to delete',
    },
    {
      status: 400,
      body: 'what?',
      why: 'the registry ghcr.example refuses to delete it (HTTP 400); the worker’s login for it must have the right to delete',
    },
  ])('answers $status to a deletion keeps its images', async ({ status, body, why }) => {
    const { url } = await serve(holding((response) => response.writeHead(status).end(body)));
    const kept = [{ repository: image, digest, why: why.replace('’', "'") }];
    expect(await deleteWith(optionsFor(url), images)).toEqual({ deleted: 0, kept });
  });

  test.each([200, 202, 204, 404])('answers %i to a deletion has deleted', async (status) => {
    const { url } = await serve(holding((response) => response.writeHead(status).end()));
    expect(await deleteWith(optionsFor(url), images)).toEqual({ deleted: 1, kept: [] });
  });

  test('wants a token is asked for one that deletes', async () => {
    const answer = holding((response) => response.writeHead(202).end());
    const served = await serve((request, response) => {
      if (request.url?.startsWith('/token')) response.end(JSON.stringify({ token: 'given' }));
      else if (request.headers.authorization === 'Bearer given') answer(request, response);
      else response.writeHead(401, { 'www-authenticate': `Bearer realm="${served.url}/token"` }).end();
    });
    const credentials = () => ({ username: 'me', password: 'canary' });
    expect(await deleteWith(optionsFor(served.url, { credentials }), images)).toMatchObject({ deleted: 1 });
    const tokens = served.asked.filter(({ url }) => url?.startsWith('/token'));
    expect(new Set(tokens.map(({ url }) => url))).toEqual(
      new Set(['/token?scope=repository%3Ao%2Fname%3Apull%2Cdelete']),
    );
  });

  test('refuses the login keeps its images, and its words do not tell the password', async () => {
    const served = await serve((request, response) => {
      if (request.url?.startsWith('/token')) response.writeHead(403).end();
      else response.writeHead(401, { 'www-authenticate': `Bearer realm="${served.url}/token"` }).end();
    });
    const credentials = () => ({ username: 'me', password: 'canary' });
    const { deleted, kept } = await deleteWith(optionsFor(served.url, { credentials }), images);
    expect(deleted).toBe(0);
    expect(kept[0]?.why).toContain('user me');
    expect(kept[0]?.why).not.toContain('canary');
  });

  test.each([
    { name: 'its list of tags', hides: '/tags/list' },
    { name: 'what a tag names', hides: '/manifests/main' },
  ])('does not show $name keeps its images', async ({ hides }) => {
    const { path, image } = newRepository();
    const digest = await pushImage(path, { tag: 'pr-1' });
    await pushImage(path, { tag: 'main', salt: 'main' });
    const hiding: typeof fetch = async (input, init) => {
      const url = input instanceof Request ? input.url : String(input);
      return url.includes(hides) ? new Response(null, { status: 403 }) : await fetch(input, init);
    };
    const { deleted, kept } = await run([own(image, 'pr-1', digest)], { fetch: hiding });
    expect(deleted).toBe(0);
    expect(kept[0]?.why).toMatch(/does not show the worker the .* right to pull/);
    expect(await heldOf(path, [digest])).toEqual([digest]);
  });

  test.each([
    { name: 'is away', url: closedUrl },
    {
      name: 'wants to be left alone',
      url: async () =>
        (await serve((_, response) => response.writeHead(429, { 'retry-after': '60' }).end())).url,
    },
    {
      name: 'lists nonsense',
      url: async () => (await serve((_, response) => response.end('<html>'))).url,
    },
  ])('$name is asked again by Temporal', async ({ url }) => {
    await expect(deleteWith(optionsFor(await url()), images)).rejects.toMatchObject({
      type: 'RegistryUnavailable',
      nonRetryable: false,
    });
  });
});
