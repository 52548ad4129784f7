import { describe, expect, test } from 'vitest';
import { commit, newRepository, otherCommit, pushImage, pushIndex, request, resolve } from './support.ts';

const nothing = { images: {}, missing: [], problems: [] };
const unknownDigest = `sha256:${'0'.repeat(64)}`;

describe('resolveImages, against a real registry', () => {
  test('pins an image whose label is the commit', async () => {
    const { path, image, options } = newRepository();
    const digest = await pushImage(path, { tag: 'pr-1', revision: commit });
    expect(await resolve(options, [request(image)])).toEqual({
      ...nothing,
      images: { ui: { main: { repository: image, tag: 'pr-1', digest, digests: [digest] } } },
    });
  });

  test('writes names in lower case, as registries want them', async () => {
    const { path, image, options } = newRepository();
    await pushImage(path, { tag: 'pr-1', revision: commit });
    const resolved = await resolve(options, [request(image.toUpperCase())]);
    expect(resolved.images['ui']?.['main']?.repository).toBe(image);
  });

  test('of an index, pins the index and names its images, without the attestation', async () => {
    const { path, image, options } = newRepository();
    const { digest, children } = await pushIndex(path, { tag: 'pr-1', revision: commit });
    const resolved = await resolve(options, [request(image)]);
    expect(resolved.images['ui']?.['main']).toMatchObject({ digest, digests: [digest, ...children] });
  });

  test('follows the tag when it moves', async () => {
    const { path, image, options } = newRepository();
    await pushImage(path, { tag: 'pr-1', revision: otherCommit });
    expect(await resolve(options, [request(image)])).toMatchObject({
      images: {},
      missing: [{ reason: 'other-commit' }],
    });
    const digest = await pushImage(path, { tag: 'pr-1', revision: commit });
    expect((await resolve(options, [request(image)])).images).toMatchObject({ ui: { main: { digest } } });
  });

  test('says what is missing, of another commit, or does not say its commit', async () => {
    const { path, image, options } = newRepository();
    await pushImage(path, { tag: 'other', revision: otherCommit });
    await pushImage(path, { tag: 'unlabelled', revision: null });
    const requests = ['other', 'unlabelled', 'absent'].map((tag) => request(image, { image: tag, tag }));
    const about = (tag: string) => ({ service: 'ui', image: tag, repository: image, tag });
    expect(await resolve(options, requests)).toEqual({
      ...nothing,
      missing: [
        { ...about('other'), reason: 'other-commit', foundCommit: otherCommit },
        { ...about('unlabelled'), reason: 'other-commit', foundCommit: null },
        { ...about('absent'), reason: 'missing', foundCommit: null },
      ],
    });
  });

  test('takes the image of a merge of the commit, when it is asked whose merge it is', async () => {
    const { path, image, options } = newRepository();
    await pushImage(path, { tag: 'pr-1', revision: otherCommit });
    const source = { owner: 'o', repository: 'r' };
    const asked: unknown[] = [];
    const answering = (answer: boolean) => ({
      ...options,
      isMergeOf: (question: unknown) => {
        asked.push(question);
        return Promise.resolve(answer);
      },
    });
    expect(await resolve(answering(true), [request(image)], { source })).toMatchObject({
      images: { ui: {} },
      missing: [],
    });
    expect(asked).toEqual([{ source, merge: otherCommit, head: commit }]);
    expect(await resolve(answering(false), [request(image)], { source })).toMatchObject({
      images: {},
      missing: [{}],
    });
  });

  test('with `any` and `version`, takes what the tag names', async () => {
    const { path, image, options } = newRepository();
    const digest = await pushImage(path, { tag: 'pr-1', revision: otherCommit });
    for (const fresh of ['any', 'version'] as const) {
      const resolved = await resolve(options, [request(image, { fresh })]);
      expect(resolved).toMatchObject({ images: { ui: { main: { digest } } }, missing: [] });
    }
  });

  test('with `reported`, takes the digest that CI reported, whatever the tag names by now', async () => {
    const { path, image, options } = newRepository();
    const reported = await pushImage(path, { tag: 'pr-1', revision: null });
    await pushImage(path, { tag: 'pr-1', revision: otherCommit });
    const ask = (more: object) => resolve(options, [request(image, { fresh: 'reported', ...more })]);
    expect((await ask({ reported })).images).toMatchObject({
      ui: { main: { digest: reported, tag: 'pr-1', unproven: true } },
    });
    const proven = await pushImage(path, { tag: 'pr-1', revision: commit });
    expect((await ask({ reported: proven })).images['ui']?.['main']).not.toHaveProperty('unproven');
    expect(await ask({})).toMatchObject({ images: {}, missing: [{ reason: 'missing' }] });
    expect(await ask({ reported: unknownDigest })).toMatchObject({
      images: {},
      missing: [{ reason: 'missing' }],
    });
    expect(await ask({ reported: 'latest' })).toMatchObject({
      images: {},
      problems: [{ type: 'BadMessage' }],
    });
  });

  test('uses the fallback only for an image that was not built, and whose tag is not there', async () => {
    const { path, image, options } = newRepository();
    const fallback = await pushImage(path, { tag: 'latest', revision: otherCommit });
    const ask = (more: object) => resolve(options, [request(image, { fallback: 'latest', ...more })]);
    expect(await ask({})).toMatchObject({ images: {}, missing: [{ reason: 'missing' }] });
    for (const fresh of ['revision', 'reported', 'version', 'any'] as const) {
      const { images } = await ask({ fresh, notBuilt: true });
      expect(images).toMatchObject({ ui: { main: { tag: 'latest', digest: fallback, fallback: true } } });
    }
    await pushImage(path, { tag: 'pr-1', revision: otherCommit, salt: 'earlier' });
    for (const fresh of ['revision', 'reported'] as const) {
      const resolved = await ask({ fresh, notBuilt: true });
      expect(resolved).toMatchObject({
        images: {},
        missing: [{ reason: 'other-commit', foundCommit: otherCommit }],
      });
    }
  });

  test('uses the fallback for an image that was waited for in vain, too', async () => {
    const { path, image, options } = newRepository();
    const fallback = await pushImage(path, { tag: 'latest', revision: otherCommit });
    const ask = (more: object) => resolve(options, [request(image, { waitOver: true, ...more })]);
    for (const fresh of ['revision', 'reported'] as const) {
      const { images } = await ask({ fresh, fallback: 'latest' });
      expect(images).toMatchObject({ ui: { main: { digest: fallback, fallback: true } } });
    }
    expect(await ask({})).toMatchObject({ images: {}, missing: [{ reason: 'missing' }], problems: [] });
  });

  test('says at once that CI did not build an image for which there is no fallback', async () => {
    const { path, image, options } = newRepository();
    for (const fresh of ['revision', 'reported', 'version', 'any'] as const) {
      const resolved = await resolve(options, [request(image, { fresh, notBuilt: true })]);
      expect(resolved).toMatchObject({
        images: {},
        missing: [],
        problems: [{ type: 'ImageMissing', where: 'preview.yaml: services.ui.images.main' }],
      });
      expect(resolved.problems[0]?.message).toContain(`CI reported that it did not build ${image}:pr-1`);
    }
    const digest = await pushImage(path, { tag: 'pr-1', revision: commit });
    const built = await resolve(options, [request(image, { notBuilt: true })]);
    expect(built).toMatchObject({ images: { ui: { main: { digest } } }, problems: [] });
  });

  test('with `revision`, demands the label whatever CI reported', async () => {
    const { path, image, options } = newRepository();
    const reported = await pushImage(path, { tag: 'other', revision: null });
    await pushImage(path, { tag: 'pr-1', revision: otherCommit });
    expect(await resolve(options, [request(image, { reported })])).toMatchObject({
      images: {},
      missing: [{ reason: 'other-commit', foundCommit: otherCommit }],
    });
  });

  test('names both tags when the fallback is not there either', async () => {
    const { image, options } = newRepository();
    const resolved = await resolve(options, [request(image, { fallback: 'latest', notBuilt: true })]);
    expect(resolved).toMatchObject({
      images: {},
      missing: [],
      problems: [{ type: 'ImageMissing', where: 'preview.yaml: services.ui.images.main' }],
    });
    expect(resolved.problems[0]?.message).toContain(`${image}:pr-1`);
    expect(resolved.problems[0]?.message).toContain(`${image}:latest`);
  });

  test('refuses what can be no name, before asking anybody', async () => {
    const names = ['ghcr.example/a b', 'ghcr.example/../x', '', 'evil.example@x/y', 'ghcr.example/{{x}}'];
    const requests = [
      ...names.map((name) => request(name)),
      request('ghcr.example/x', { tag: '../blobs/x' }),
    ];
    const refuse = (): Promise<Response> => Promise.reject(new Error('nobody is to be asked'));
    const { problems } = await resolve({ fetch: refuse }, requests);
    expect(problems.map(({ type }) => type)).toEqual(requests.map(() => 'InvalidPreviewConfig'));
  });

  test('tells all of a run at once', async () => {
    const { path, image, options } = newRepository();
    await pushImage(path, { tag: 'pr-1', revision: commit });
    const requests = [
      request(image),
      request(image, { service: 'api', tag: 'absent' }),
      request(image, { service: 'ws', tag: 'bad tag' }),
    ];
    const resolved = await resolve(options, requests);
    expect(resolved).toMatchObject({
      images: { ui: { main: {} } },
      missing: [{ service: 'api' }],
      problems: [{ where: 'preview.yaml: services.ws.images.main' }],
    });
  });
});
