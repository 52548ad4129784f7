import { describe, expect, it } from 'vitest';
import type { PinnedImage } from '../../domain/plan.ts';
import type { RunningImage } from '../../domain/running-images.ts';
import { compareImages } from '../../domain/running-images.ts';

const digest = (digit: string): string => `sha256:${digit.repeat(64)}`;

function planned(repository: string, own: string, ...others: string[]): PinnedImage {
  return { repository, tag: 'pr-1', digest: digest(own), digests: [own, ...others].map(digest) };
}

function container(image: string, imageId: string, changes: Partial<RunningImage> = {}): RunningImage {
  return { pod: 'ui-1', container: 'ui', image, imageId, release: 'ui', ...changes };
}

const ui = { name: 'ui', release: 'ui', images: { main: planned('ghcr.io/o/ui', 'a', 'b') } };

describe('compareImages', () => {
  it.each([
    ['the planned digest', `ghcr.io/o/ui@${digest('a')}`],
    ['a manifest of the planned index', `ghcr.io/o/ui@${digest('b')}`],
    ['the planned digest from a mirror', `mirror:5000/x/ui@${digest('a')}`],
  ])('accepts %s', (_, imageId) => {
    const running = [container(`ghcr.io/o/ui:pr-1@${digest('a')}`, imageId)];
    expect(compareImages([ui], running)).toEqual({ differences: [], unused: [] });
  });

  it.each([
    ['no tag', 'ghcr.io/o/ui'],
    ['a tag', 'ghcr.io/o/ui:pr-1'],
    ['other letters', 'ghcr.io/O/ui:pr-1'],
  ])(
    'names pod, container and both digests when another digest runs and the pod asks with %s',
    (_, image) => {
      const { differences } = compareImages([ui], [container(image, `ghcr.io/o/ui@${digest('c')}`)]);
      expect(differences).toEqual([
        `ui: pod ui-1, container ui runs ${digest('c')}, planned is ${digest('a')} (ghcr.io/o/ui:pr-1)`,
      ]);
    },
  );

  it('believes a pod that asks for the planned digest when its node names none', () => {
    const running = [
      container(`ghcr.io/o/ui:pr-1@${digest('a')}`, ''),
      container(`ghcr.io/o/ui@${digest('b')}`, digest('f')),
    ];
    expect(compareImages([ui], running).differences).toEqual([]);
  });

  it('does not believe a tag when the node names no digest', () => {
    const { differences } = compareImages([ui], [container('ghcr.io/o/ui:pr-1', '')]);
    expect(differences).toEqual([expect.stringContaining('runs an image without a digest')]);
  });

  it('tells every pod that is wrong, however many are right', () => {
    const good = container('ghcr.io/o/ui:pr-1', `ghcr.io/o/ui@${digest('a')}`);
    const bad = container('ghcr.io/o/ui:pr-1', `ghcr.io/o/ui@${digest('c')}`, { pod: 'ui-2' });
    expect(compareImages([ui], [good, bad, good]).differences).toEqual([expect.stringContaining('pod ui-2')]);
  });

  it('finds a service of which nothing runs', () => {
    const elsewhere = container('ghcr.io/o/ui:pr-1', `ghcr.io/o/ui@${digest('a')}`, { release: 'other' });
    expect(compareImages([ui], [elsewhere])).toEqual({
      differences: ['ui: no container runs ghcr.io/o/ui (images.main)'],
      unused: [],
    });
  });

  it('only notes an image that no container uses beside one that runs', () => {
    const images = { main: planned('ghcr.io/o/ui', 'a'), migrate: planned('ghcr.io/o/migrate', 'd') };
    const running = [container('ghcr.io/o/ui', `ghcr.io/o/ui@${digest('a')}`)];
    expect(compareImages([{ ...ui, images }], running)).toEqual({
      differences: [],
      unused: ['ui: no container runs ghcr.io/o/migrate (images.migrate)'],
    });
  });

  it('lets two keys of one repository run either image', () => {
    const images = { main: planned('localhost:5000/ui', 'a'), worker: planned('localhost:5000/ui', 'd') };
    const running = [
      container('localhost:5000/ui:one', `localhost:5000/ui@${digest('a')}`),
      container('localhost:5000/ui:two', `localhost:5000/ui@${digest('d')}`),
    ];
    expect(compareImages([{ ...ui, images }], running)).toEqual({ differences: [], unused: [] });
  });

  it('leaves images alone that charts bring themselves, and services without images', () => {
    const sidecar = container('docker.io/nats:2', `docker.io/nats@${digest('c')}`, { release: 'nats' });
    expect(compareImages([{ name: 'nats', release: 'nats', images: {} }], [sidecar])).toEqual({
      differences: [],
      unused: [],
    });
  });
});
