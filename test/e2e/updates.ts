import { expect } from 'vitest';
import type { Change } from '../../local/example-app.ts';
import { fetchCommit } from '../../local/demo/fetch-page.ts';
import type { PreviewStatus } from '../../domain/status.ts';
import { kubectl } from './cluster.ts';
import type { Preview, Scene } from './scene.ts';
import { eventually } from './scene.ts';
import { startTraffic } from './traffic.ts';

/** One live preview, whose page and API are asked all the time while it is updated. */
export interface Updates {
  readonly preview: Preview;
  /** Commit that is live, and must go on being served if an update fails. */
  readonly live: () => string;
  /** Pushes a change and waits until its update has failed; the commit before must serve alone, without a failed request. */
  readonly fails: (change: Change, serving: Serving) => Promise<PreviewStatus>;
  /** Pushes a change and waits until it is served. */
  readonly succeeds: (change: Change) => Promise<PreviewStatus>;
  /** Which commit a service serves, by the suffix of its host. */
  readonly commitAt: (suffix: '' | '-api' | '-ws') => Promise<string>;
}

/** Services that the failing commit itself must never have served. */
export type Serving = readonly ('' | '-api')[];

/** Opens a pull request and waits until it is served. */
export async function startUpdates(scene: Scene, preview: Preview): Promise<Updates> {
  const { app, stack } = scene;
  const { number } = preview;
  const urlOf = (suffix: string): string => `https://pr-${number}${suffix}.preview.localhost:18443`;
  const commitAt: Updates['commitAt'] = (suffix) =>
    fetchCommit(urlOf(suffix), stack.ingress ?? { httpsPort: 443, caFile: '' });
  let live = await app.open(number);
  await preview.push(live);
  await preview.reach('ready');

  /** Runs an update under traffic; no request may fail. Resolves to what page and API served meanwhile. */
  const underTraffic = async <T>(update: () => Promise<T>): Promise<[T, Record<'' | '-api', string[]>]> => {
    const page = startTraffic(stack, urlOf(''));
    const api = startTraffic(stack, urlOf('-api'), { ask: 'version' });
    try {
      const result = await update();
      const [ofPage, ofApi] = [await page.stop(), await api.stop()];
      expect([...ofPage.failures, ...ofApi.failures]).toEqual([]);
      return [result, { '': [...ofPage.served], '-api': [...ofApi.served] }];
    } finally {
      await Promise.all([page.stop(), api.stop()]);
    }
  };
  return {
    preview,
    live: () => live,
    commitAt,
    fails: async (change, serving) => {
      const commit = await app.push(number, change);
      const [status, served] = await underTraffic(async () => {
        await preview.push(commit);
        return await preview.reach('update-failed');
      });
      expect(status.commit).toBe(commit);
      expect(status.liveCommit).toBe(live);
      for (const suffix of serving) expect(served[suffix]).toEqual([live]);
      for (const suffix of ['', '-api'] as const) expect(await commitAt(suffix)).toBe(live);
      return status;
    },
    succeeds: async (change) => {
      const before = live;
      live = await app.push(number, change);
      const [status, served] = await underTraffic(async () => {
        await preview.push(live);
        return await preview.reach('ready');
      });
      expect(status.liveCommit).toBe(live);
      expect(served['']).toEqual([before, live]);
      return status;
    },
  };
}

/** Waits until the comment says all of it. */
export async function told(preview: Preview, words: readonly string[]): Promise<void> {
  await eventually(async () => {
    const comment = await preview.comment();
    for (const word of words) expect(comment).toContain(word);
  }, 'the comment');
}

export interface SeenPod {
  readonly name: string;
  readonly uid: string;
  readonly image: string;
}

interface PodList {
  readonly items: readonly {
    readonly metadata: { readonly name: string; readonly uid: string; readonly deletionTimestamp?: string };
    readonly spec: { readonly containers: readonly { readonly image: string }[] };
  }[];
}

/** Pods that are there to stay. */
export async function podsOf({ namespace }: Preview): Promise<SeenPod[]> {
  const { items } = JSON.parse(await kubectl('get', 'pods', '-n', namespace, '-o', 'json')) as PodList;
  return items
    .filter(({ metadata }) => metadata.deletionTimestamp === undefined)
    .map(({ metadata: { name, uid }, spec }) => ({ name, uid, image: spec.containers[0]?.image ?? '' }));
}

/** Helm's releases by name and revision, for example `preview-1-ui.v2`. */
export async function releasesOf({ namespace }: Preview): Promise<string[]> {
  const secrets = await kubectl('get', 'secrets', '-n', namespace, '-l', 'owner=helm', '-o', 'name');
  return secrets.split('\n').map((line) => line.replace('secret/sh.helm.release.v1.', ''));
}
