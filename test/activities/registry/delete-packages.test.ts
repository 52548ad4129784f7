import { describe, expect, test } from 'vitest';
import { createGitHub } from '../../../activities/github/clients.ts';
import { readGitHubLogin } from '../../../activities/github/login.ts';
import type { OwnImage } from '../../../domain/image.ts';
import { deleteWith, packageOf } from './deletion.ts';
import type { PackageFixture } from './deletion.ts';
import { heldOf, pushImage, pushIndexOf } from './support.ts';

/** An index of two images and an attestation, none of which has a tag. */
async function pushUntaggedIndex(
  { path }: PackageFixture,
  { tag, salts }: { tag: string; salts: readonly string[] },
): Promise<{ digest: string; children: string[] }> {
  const children = await Promise.all(salts.map((salt) => pushImage(path, { salt })));
  return { digest: await pushIndexOf(path, { tag, digests: children }), children };
}

const gone = (held: readonly unknown[]): boolean => held.every((one) => one === null);

describe('images in GitHub’s registry', () => {
  test.each([
    { kind: 'Organization', owner: 'Example', name: undefined },
    { kind: 'User', owner: 'mia', name: undefined },
    { kind: 'Organization', owner: 'Example', name: `group/of-${crypto.randomUUID()}` },
  ] as const)('of a closed pull request go, and no others: $kind $name', async ({ name, ...about }) => {
    const { path, image, show, run } = await packageOf({ ...about, ...(name ? { name } : {}) });
    const own = await pushImage(path, { tag: 'pr-1', salt: 'own' });
    const other = await pushImage(path, { tag: 'pr-2', salt: 'other' });
    await show();
    expect(await run([image('pr-1', own)])).toEqual({ deleted: 1, kept: [] });
    expect(await heldOf(path, ['pr-1', own, 'pr-2', other])).toEqual([null, null, other, other]);
  });

  test('go by their digests: those the tag has left, and not what it names by now', async () => {
    const { path, image, show, run } = await packageOf();
    await pushImage(path, { tag: 'main', salt: 'main' });
    const [first, second] = [
      await pushImage(path, { tag: 'pr-1', salt: '1' }),
      await pushImage(path, { tag: 'pr-1', salt: '2' }),
    ];
    const reopened = await pushImage(path, { tag: 'pr-1', salt: '3' });
    await show([first, second]);
    expect(await run([image('pr-1', first), image('pr-1', second)])).toEqual({ deleted: 2, kept: [] });
    expect(await heldOf(path, [first, second, 'pr-1'])).toEqual([null, null, reopened]);
  });

  test('stay where another pull request’s tag names the same digest', async () => {
    const { path, image, show, run } = await packageOf();
    const shared = await pushImage(path, { tag: 'pr-1' });
    await pushImage(path, { tag: 'pr-2' });
    await show();
    expect(await run([image('pr-1', shared)])).toMatchObject({
      deleted: 0,
      kept: [{ digest: shared, why: 'the tag pr-2 names it too' }],
    });
    expect(await heldOf(path, ['pr-1', 'pr-2'])).toEqual([shared, shared]);
  });

  test('stay where a tag came to name them after all was looked at', async () => {
    const { path, image, show, run, github } = await packageOf();
    await pushImage(path, { tag: 'main', salt: 'main' });
    const own = await pushImage(path, { tag: 'pr-1', salt: 'own' });
    await show();
    // holds up the last look at the version
    await github.control.addFault({ method: 'GET', path: '/versions/\\d+$', delayMs: 500 });
    const running = run([image('pr-1', own)]);
    await expect
      .poll(async () => (await github.control.requests()).some(({ path }) => /\/versions\/\d+$/.test(path)))
      .toBe(true);
    await pushImage(path, { tag: 'release', salt: 'own' });
    expect(await running).toMatchObject({
      deleted: 0,
      kept: [{ digest: own, why: 'the tag release names it too' }],
    });
    expect(await heldOf(path, ['release'])).toEqual([own]);
  });

  test('stay where an index of another tag names them, as a promotion makes it', async () => {
    const { path, image, show, run } = await packageOf();
    const own = await pushImage(path, { tag: 'pr-1' });
    await pushIndexOf(path, { tag: 'latest', digests: [own] });
    await show();
    expect(await run([image('pr-1', own)])).toMatchObject({
      deleted: 0,
      kept: [{ digest: own, why: 'the index of the tag latest stays and needs it' }],
    });
    expect(await heldOf(path, [own])).toEqual([own]);
  });

  test('are found behind more pages than one, and so are indexes that need them', async () => {
    const fixture = await packageOf();
    const { path, image, show, run, github } = fixture;
    const own = await pushUntaggedIndex(fixture, { tag: 'pr-1', salts: ['shared', 'alone'] });
    await pushIndexOf(path, { tag: 'main', digests: [own.children[0] ?? ''] });
    const later = await Promise.all(
      Array.from({ length: 105 }, (_, index) => pushImage(path, { salt: `later-${index}` })),
    );
    await show();
    await show(later);
    await github.control.clearRequests();
    expect(await run([image('pr-1', own.digest)])).toEqual({ deleted: 1, kept: [] });
    expect(await heldOf(path, [own.digest, ...own.children])).toEqual([null, own.children[0], null]);
    const pages = (await github.control.requests()).filter(({ path }) => path.includes('?'));
    expect(pages.map(({ path }) => /[?&]page=(\d+)/.exec(path)?.[1])).toEqual([undefined, '2']);
  });
});

describe('an index', () => {
  test('goes with all that it names, attestations too', async () => {
    const fixture = await packageOf();
    const { path, image, show, run, deletions } = fixture;
    await pushImage(path, { tag: 'main', salt: 'main' });
    const { digest, children } = await pushUntaggedIndex(fixture, {
      tag: 'pr-1',
      salts: ['amd64', 'arm64', 'attestation'],
    });
    await show();
    expect(await run([image('pr-1', digest)])).toEqual({ deleted: 1, kept: [] });
    expect(await heldOf(path, ['pr-1', digest, ...children])).toSatisfy(gone);
    expect(await deletions()).toHaveLength(4);
  });

  test('leaves what another index needs, until that goes too', async () => {
    const fixture = await packageOf();
    const { path, image, show, run } = fixture;
    await pushImage(path, { tag: 'main', salt: 'main' });
    const one = await pushUntaggedIndex(fixture, { tag: 'pr-1', salts: ['shared', 'one'] });
    const two = await pushUntaggedIndex(fixture, { tag: 'pr-2', salts: ['shared', 'two'] });
    await show();
    expect(await run([image('pr-1', one.digest)])).toEqual({ deleted: 1, kept: [] });
    expect(await heldOf(path, ['pr-2', ...two.children])).toEqual([two.digest, ...two.children]);
    expect(await heldOf(path, [one.digest, one.children[1] ?? ''])).toSatisfy(gone);
    expect(await run([image('pr-2', two.digest)])).toEqual({ deleted: 1, kept: [] });
    expect(await heldOf(path, [two.digest, ...two.children])).toSatisfy(gone);
  });

  test('leaves an image with a tag of its own, and says so', async () => {
    const { path, image, show, run } = await packageOf();
    await pushImage(path, { tag: 'main', salt: 'main' });
    const tagged = await pushImage(path, { tag: 'pr-1-amd64', salt: 'amd64' });
    const index = await pushIndexOf(path, { tag: 'pr-1', digests: [tagged] });
    await show();
    expect(await run([image('pr-1', index)])).toMatchObject({
      deleted: 1,
      kept: [{ digest: tagged, why: 'the tag pr-1-amd64 names it too' }],
    });
    expect(await heldOf(path, ['pr-1', 'pr-1-amd64'])).toEqual([null, tagged]);
  });

  test('that GitHub refuses to delete keeps all that it names', async () => {
    const fixture = await packageOf();
    const { path, image, show, run, github } = fixture;
    await pushImage(path, { tag: 'main', salt: 'main' });
    const { digest, children } = await pushUntaggedIndex(fixture, { tag: 'pr-1', salts: ['a', 'b'] });
    await show();
    await github.control.setDownloads({ digest, downloads: 5_001 });
    const { deleted, kept } = await run([image('pr-1', digest)]);
    expect({ deleted, kept: kept.map((one) => one.digest) }).toEqual({ deleted: 0, kept: [digest] });
    expect(kept[0]?.why).toContain('more than 5000 downloads');
    expect(await heldOf(path, [digest, ...children])).toEqual([digest, ...children]);
  });
});

describe('what GitHub never deletes is left, with its reason', () => {
  test('the last tagged version of a package', async () => {
    const { path, image, show, run } = await packageOf();
    const own = await pushImage(path, { tag: 'pr-1' });
    await show([await pushImage(path, { salt: 'untagged' })]);
    const { deleted, kept } = await run([image('pr-1', own)]);
    expect(deleted).toBe(0);
    expect(kept[0]?.why).toContain('You cannot delete the last tagged version of a package');
    expect(await heldOf(path, ['pr-1'])).toEqual([own]);
  });

  test.each([
    { scopes: [], why: /read:packages scope/ },
    { scopes: ['read:packages'], why: /delete:packages scope/ },
  ])('with a token of the scopes $scopes', async ({ scopes, why }) => {
    const { path, image, show, run, github } = await packageOf();
    const digests = [await pushImage(path, { tag: 'pr-1', salt: '1' }), await pushImage(path, { tag: 'b' })];
    await show();
    const token = await github.control.createToken({ login: 'preview-robot', scopes });
    const { deleted, kept } = await run([image('pr-1', digests[0] ?? '')], { token });
    expect(deleted).toBe(0);
    expect(kept[0]?.why).toMatch(why);
    expect(kept[0]?.why).toContain('GITHUB_PACKAGES_TOKEN');
    expect(await heldOf(path, ['pr-1'])).toEqual([digests[0]]);
  });

  test('as a GitHub App', async () => {
    const { path, image, show, options, github } = await packageOf();
    const own = await pushImage(path, { tag: 'pr-1' });
    await pushImage(path, { tag: 'main', salt: 'main' });
    await show();
    const { id, privateKey } = await github.control.createApp({ slug: 'previews', owner: 'Example' });
    await github.control.installApp({ appId: id, account: 'Example' });
    const env = { GITHUB_APP_ID: String(id), GITHUB_APP_PRIVATE_KEY: privateKey };
    const octokit = createGitHub({ ...readGitHubLogin(env, []), baseUrl: github.url });
    const asApp = { ...options, packages: { octokit, token: null } };
    const { deleted, kept } = await deleteWith(asApp, [image('pr-1', own)]);
    expect(deleted).toBe(0);
    expect(kept[0]?.why).toMatch(/not accessible by integration.*GITHUB_PACKAGES_TOKEN/);
    expect(await heldOf(path, ['pr-1'])).toEqual([own]);
  });

  test('with the token of somebody who may only read, of whom GitHub says that nothing is there', async () => {
    const { path, image, show, run, github } = await packageOf();
    const own = await pushImage(path, { tag: 'pr-1' });
    await pushImage(path, { tag: 'main', salt: 'main' });
    await show();
    const token = await github.control.createToken({ login: 'reader' });
    const { deleted, kept } = await run([image('pr-1', own)], { token });
    expect(deleted).toBe(0);
    expect(kept[0]?.why).toMatch(/^GitHub does not delete it: .*admin of the package/);
    expect(await heldOf(path, ['pr-1'])).toEqual([own]);
  });

  test('in a package that the token may not see', async () => {
    const { path, image, show, run, github } = await packageOf();
    const own = await pushImage(path, { tag: 'pr-1' });
    await show([], 'private');
    const token = await github.control.createToken({ login: 'stranger' });
    const { deleted, kept } = await run([image('pr-1', own)], { token });
    expect(deleted).toBe(0);
    expect(kept[0]?.why).toMatch(/^GitHub shows no package .*may not see it/);
  });
});

describe('what is gone already counts as deleted', () => {
  test('a version, a package, an account', async () => {
    const { path, image, show, run } = await packageOf();
    const digest = `sha256:${'0'.repeat(64)}`;
    expect(await run([image('pr-1', digest)])).toEqual({ deleted: 1, kept: [] });
    await pushImage(path, { tag: 'main' });
    await show();
    expect(await run([image('pr-1', digest)])).toEqual({ deleted: 1, kept: [] });
    const elsewhere = { repository: 'ghcr.io/nobody/nothing', tag: 'pr-1', digest };
    expect(await run([elsewhere])).toEqual({ deleted: 1, kept: [] });
  });

  test('twice in a row, with the same answer', async () => {
    const fixture = await packageOf();
    const { path, image, show, run } = fixture;
    await pushImage(path, { tag: 'main', salt: 'main' });
    const index = await pushUntaggedIndex(fixture, { tag: 'pr-1', salts: ['a'] });
    await show();
    const images = [image('pr-1', index.digest)];
    expect(await run(images)).toEqual({ deleted: 1, kept: [] });
    expect(await run(images)).toEqual({ deleted: 1, kept: [] });
  });

  test('twice at once', async () => {
    const fixture = await packageOf();
    const { path, image, show, run } = fixture;
    await pushImage(path, { tag: 'main', salt: 'main' });
    const indexes = [
      await pushUntaggedIndex(fixture, { tag: 'pr-1', salts: ['a', 'shared'] }),
      await pushUntaggedIndex(fixture, { tag: 'pr-1', salts: ['b', 'shared'] }),
    ];
    await show(indexes.map(({ digest }) => digest));
    const images = indexes.map(({ digest }) => image('pr-1', digest));
    const answers = await Promise.all([run(images), run(images)]);
    expect(answers).toEqual([
      { deleted: 2, kept: [] },
      { deleted: 2, kept: [] },
    ]);
    const all = indexes.flatMap(({ digest, children }) => [digest, ...children]);
    expect(await heldOf(path, ['pr-1', ...all])).toSatisfy(gone);
  });
});

describe('begun anew after an end half way', () => {
  async function indexed(): Promise<PackageFixture & { images: OwnImage[]; all: string[] }> {
    const fixture = await packageOf();
    await pushImage(fixture.path, { tag: 'main', salt: 'main' });
    const { digest, children } = await pushUntaggedIndex(fixture, { tag: 'pr-1', salts: ['a', 'b'] });
    await fixture.show();
    return { ...fixture, images: [fixture.image('pr-1', digest)], all: [digest, ...children] };
  }

  test('it knows what an index named that is gone', async () => {
    const { path, run, github, images, all } = await indexed();
    // the index goes, nothing after it
    await github.control.addFault({ method: 'DELETE', path: '/versions/', afterWrite: true });
    await github.control.addFault({ method: 'DELETE', path: '/versions/', status: 500, times: 9 });
    let details: unknown;
    const first = run(images, { onBeat: (beat) => (details = beat) });
    await expect(first).rejects.toMatchObject({ type: 'GitHubUnavailable', nonRetryable: false });
    expect(await heldOf(path, all)).toEqual([null, ...all.slice(1)]);
    await github.control.clearFaults();
    const kept: unknown = JSON.parse(JSON.stringify(details));
    expect(await run(images, { details: kept })).toEqual({ deleted: 1, kept: [] });
    expect(await heldOf(path, all)).toSatisfy(gone);
  });

  test('Temporal has that before anything is deleted', async () => {
    const { github, options, images, all } = await indexed();
    const heartbeatTimeoutMs = 1_000;
    let told = Infinity;
    let deleting = Infinity;
    const timed: typeof fetch = async (input, init) => {
      if (init?.method === 'DELETE') deleting = Math.min(deleting, performance.now());
      return await fetch(input, init);
    };
    const octokit = createGitHub({ token: github.token, baseUrl: github.url, fetch: timed });
    const timedOptions = { ...options, packages: { octokit, token: null } };
    await deleteWith(timedOptions, images, {
      heartbeatTimeoutMs,
      onBeat: (beat) => {
        const knowing = all.slice(1).every((digest) => JSON.stringify(beat).includes(digest));
        if (knowing) told = Math.min(told, performance.now());
      },
    });
    // the SDK sends a beat at the latest after four fifths of the timeout
    expect(deleting - told).toBeGreaterThanOrEqual(heartbeatTimeoutMs * 0.8);
  });

  test.each(['', 'nonsense', { 'ghcr.io/x': ['../y'] }])(
    'it takes no details for none: %j',
    async (details) => {
      const { path, run, images, all } = await indexed();
      expect(await run(images, { details })).toEqual({ deleted: 1, kept: [] });
      expect(await heldOf(path, all)).toSatisfy(gone);
    },
  );

  test('a deletion whose answer was lost is done', async () => {
    const { path, run, github, images, all } = await indexed();
    await github.control.addFault({ method: 'DELETE', path: '/versions/', status: 502, afterWrite: true });
    let details: unknown;
    const first = run(images, { onBeat: (beat) => (details = structuredClone(beat)) });
    await expect(first).rejects.toMatchObject({ type: 'GitHubUnavailable' });
    expect(await run(images, { details })).toEqual({ deleted: 1, kept: [] });
    expect(await heldOf(path, all)).toSatisfy(gone);
  });
});

describe('GitHub that is not well', () => {
  test.each([
    { fault: { status: 500 }, failure: { type: 'GitHubUnavailable' } },
    { fault: { drop: true }, failure: { type: 'GitHubUnavailable' } },
    { fault: { status: 401 }, failure: { type: 'GitHubUnauthorized', nextRetryDelay: 60_000 } },
    {
      fault: { status: 403, headers: { 'retry-after': '120' } },
      failure: { type: 'GitHubThrottled', nextRetryDelay: expect.closeTo(126_000, -4.2) as unknown },
    },
  ])('is asked again by Temporal: $fault', async ({ fault, failure }) => {
    const { path, image, show, run, github } = await packageOf();
    const own = await pushImage(path, { tag: 'pr-1' });
    await pushImage(path, { tag: 'main', salt: 'main' });
    await show();
    for (const path of ['/users/', '/versions\\?', '/versions/\\d+$']) {
      await github.control.addFault({ path, ...fault });
      await expect(run([image('pr-1', own)])).rejects.toMatchObject({ ...failure, nonRetryable: false });
    }
    expect(await run([image('pr-1', own)])).toEqual({ deleted: 1, kept: [] });
  });

  test('for one repository does not keep the others waiting', async () => {
    const [well, unwell] = [await packageOf(), await packageOf()];
    const own = await pushImage(well.path, { tag: 'pr-1' });
    const other = await pushImage(unwell.path, { tag: 'pr-1' });
    for (const { path, show } of [well, unwell]) {
      await pushImage(path, { tag: 'main', salt: 'main' });
      await show();
    }
    await well.github.control.addFault({ path: unwell.path.split('/')[1] ?? '', status: 500, times: 9 });
    const images = [unwell.image('pr-1', other), well.image('pr-1', own)];
    await expect(well.run(images)).rejects.toMatchObject({ type: 'GitHubUnavailable' });
    expect(await heldOf(well.path, [own])).toEqual([null]);
  });
});

describe('a registry that does not show content', () => {
  /** The registry as it is, but for some manifests. */
  const hiding =
    (hidden: (url: string) => boolean, status = 401): typeof fetch =>
    async (input, init) => {
      const url = input instanceof Request ? input.url : String(input);
      return hidden(url) ? new Response(null, { status }) : await fetch(input, init);
    };

  test.each([401, 404])('of the image itself: it stays (%i)', async (status) => {
    const { path, image, show, options } = await packageOf();
    const own = await pushImage(path, { tag: 'pr-1' });
    await pushImage(path, { tag: 'main', salt: 'main' });
    await show();
    const blind = { ...options, fetch: hiding((url) => url.includes('/manifests/'), status) };
    const { deleted, kept } = await deleteWith(blind, [image('pr-1', own)]);
    expect(deleted).toBe(0);
    expect(kept).toMatchObject([
      { digest: own, why: expect.stringContaining('does not show its content') as unknown },
    ]);
  });

  test('of others: nothing goes, as they may need it', async () => {
    const fixture = await packageOf();
    const { path, image, show, options } = fixture;
    const other = await pushImage(path, { tag: 'main', salt: 'main' });
    const { digest, children } = await pushUntaggedIndex(fixture, { tag: 'pr-1', salts: ['a', 'b'] });
    await show();
    const blind = { ...options, fetch: hiding((url) => url.endsWith(other)) };
    const { deleted, kept } = await deleteWith(blind, [image('pr-1', digest)]);
    expect(deleted).toBe(0);
    expect(kept.find((one) => one.digest === digest)?.why).toMatch(
      /whether another index needs it is not known.*one other/,
    );
    expect(await heldOf(path, [digest, ...children])).toEqual([digest, ...children]);
  });

  test('is logged in at with the token for packages, unless it is a mirror', async () => {
    const { path, image, show, options, github } = await packageOf();
    const own = await pushImage(path, { tag: 'pr-1' });
    await pushImage(path, { tag: 'main', salt: 'main' });
    await show();
    const logins: (string | null)[] = [];
    const real = new URL(options.registries[0]?.url ?? '').origin;
    const asGitHub: typeof fetch = async (input, init) => {
      const url = new URL(input instanceof Request ? input.url : String(input));
      const authorization = new Headers(init?.headers).get('authorization');
      if (url.pathname === '/token') {
        logins.push(authorization);
        return Response.json({ token: 'given' });
      }
      if (url.host === 'ghcr.io' && authorization !== 'Bearer given') {
        const headers = { 'www-authenticate': 'Bearer realm="https://ghcr.io/token",service="ghcr.io"' };
        return new Response(null, { status: 401, headers });
      }
      return await fetch(`${real}${url.pathname}`, init);
    };
    const registries = options.registries.map((registry) => ({ ...registry, url: null }));
    const direct = { ...options, registries, fetch: asGitHub };
    expect(await deleteWith(direct, [image('pr-1', own)])).toEqual({ deleted: 1, kept: [] });
    const login = Buffer.from(`pr-preview:${github.token}`).toString('base64');
    expect(new Set(logins)).toEqual(new Set([`Basic ${login}`]));

    const mirrored = await pushImage(path, { tag: 'pr-2', salt: '2' });
    const challenged: typeof fetch = async (input, init) => {
      expect(new Headers(init?.headers).get('authorization')).toBeNull();
      return await fetch(input, init);
    };
    await deleteWith({ ...options, fetch: challenged }, [image('pr-2', mirrored)]);
    expect(await heldOf(path, [mirrored])).toEqual([null]);
  });
});

describe('nothing is deleted', () => {
  test('in a registry where the platform does not have it so, or by a name or digest that is none', async () => {
    const { path, image, repository, options } = await packageOf();
    const own = await pushImage(path, { tag: 'pr-1' });
    const registries = options.registries.map((registry) => ({ ...registry, deleteImages: false }));
    expect(await deleteWith({ ...options, registries }, [image('pr-1', own)])).toMatchObject({
      deleted: 0,
      kept: [{ repository, why: expect.stringContaining('registries[].deleteImages') as unknown }],
    });
    const nobody = (): never => {
      throw new Error('nobody is to be asked');
    };
    const wrong = [
      { repository: 'ghcr.io/a b', tag: 'pr-1', digest: own },
      { repository, tag: 'pr-1', digest: 'latest' },
      { repository: 'quay.example/x/y', tag: 'pr-1', digest: own },
    ];
    const { deleted, kept } = await deleteWith({ ...options, fetch: nobody }, wrong);
    expect(deleted).toBe(0);
    expect(kept).toHaveLength(3);
  });

  test('of no images at all', async () => {
    const { run, github } = await packageOf();
    expect(await run([])).toEqual({ deleted: 0, kept: [] });
    expect((await github.control.requests()).length).toBe(0);
  });
});
