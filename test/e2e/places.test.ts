import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { LeaseStatus, QueueStatus } from '../../domain/capacity-messages.ts';
import { capacityWorkflowId, previewWorkflowId } from '../../domain/workflow-ids.ts';
import { fetchCommit } from '../../local/demo/fetch-page.ts';
import { checkout } from '../../local/folders.ts';
import { leftOvers } from './cluster.ts';
import { watchCrowd } from './crowd.ts';
import { smallApp } from './example-config.ts';
import { idsOf, poolOf } from './pool.ts';
import type { Preview, Scene } from './scene.ts';
import { eventually, startScene } from './scene.ts';

const minute = 60_000;
const places = 3;
const numbers = Array.from({ length: 10 }, (_, index) => 5040 + index);

describe('ten pull requests for three places', { timeout: 15 * minute }, () => {
  let scene: Scene;

  beforeAll(async () => {
    const [number = 0] = numbers;
    const files = await smallApp('meeting-api');
    scene = await startScene({ number, files, platform: { capacity: { places } } });
  }, 2 * minute);

  afterAll(async () => {
    await scene.end();
  }, 3 * minute);

  it('are served in order, never more than three at once, whatever happens to worker and pool', async () => {
    const [first, ...others] = numbers;
    const previews = [scene, ...others.map((number) => scene.beside(number))];
    const commits = new Map<number, string>();
    for (const number of numbers)
      commits.set(number, await scene.app.open(number, { services: ['meeting-api'] }));
    expect(previews[0]?.number).toBe(first);
    const crowd = watchCrowd(numbers);
    const grants = watchGrants(scene);
    let served = 0;
    const live = async (preview: Preview): Promise<void> => {
      await preview.push(commits.get(preview.number) ?? '');
      await preview.reach('ready', 12 * minute);
      await serves(preview, commits.get(preview.number) ?? '');
      served += 1;
      if (served === 2) {
        await scene.worker().kill();
        await scene.startWorker();
      }
      if (served === 5) await terminatePool(scene);
      await preview.close();
      await scene.client.workflow.getHandle(previewWorkflowId(preview.ref)).result();
      expect(await leftOvers(preview.number)).toEqual([]);
    };
    const ends = await Promise.allSettled(previews.map(live));
    const { order: given, askedAt } = await grants.stop();
    const seen = await crowd.stop();
    // only now: what still looks would outlive the test
    for (const end of ends) if (end.status === 'rejected') throw end.reason;
    expect(served).toBe(10);
    expect(seen.looks).toBeGreaterThan(50);
    expect(seen).toMatchObject({ namespacesAtMost: places, sharedHosts: [] });
    expect(seen.databasesAtMost).toBeLessThanOrEqual(places);
    // who asked before the first places were given waits for nobody
    const waited = given.slice(places);
    expect(waited).toEqual(
      waited.toSorted((one, other) => (askedAt.get(one) ?? 0) - (askedAt.get(other) ?? 0)),
    );
    // granted one after the other, neighbours may still overtake one another on the way to their namespaces
    const made = seen.order.map((name) => name.replace('preview-', ''));
    const overtaken = given.map((id, index) => Math.abs(made.indexOf(/:(\d+)#/.exec(id)?.[1] ?? '') - index));
    expect(made).toHaveLength(numbers.length);
    expect(Math.max(...overtaken)).toBeLessThan(places);
    const { leases, queue } = await poolOf(scene);
    expect({ leases, queue }).toEqual({ leases: [], queue: [] });
  });

  async function serves({ number }: Preview, commit: string): Promise<void> {
    const way = scene.stack.ingress ?? { httpsPort: 443, caFile: '' };
    expect(await fetchCommit(`https://pr-${number}-api.preview.localhost:18443`, way)).toBe(commit);
  }
});

describe('a pool with one place', { timeout: 6 * minute }, () => {
  let scene: Scene;
  let [second, third, fourth]: Preview[] = [];

  beforeAll(async () => {
    const files = await smallApp('meeting-api');
    scene = await startScene({ number: 5050, files, platform: { capacity: { places: 1 } } });
    const [one, two, three] = [scene.beside(5051), scene.beside(5052), scene.beside(5053)];
    [second, third, fourth] = [one, two, three];
    for (const preview of [scene, one, two, three]) {
      const commit = await scene.app.open(preview.number, { services: ['meeting-api'] });
      await preview.push(commit);
      await preview.reach(preview === scene ? 'ready' : 'queued');
    }
  }, 4 * minute);

  afterAll(async () => {
    await scene.end();
  }, 3 * minute);

  it('tells who waits where it stands and for how long, in comment and command line', async () => {
    await eventually(async () => {
      expect(await positions()).toEqual([1, 2, 3]);
    }, 'the positions');
    const { queue } = await of(third).status();
    expect(queue?.position).toBe(2);
    // a place is held for three days by default, and two wait for the same one
    const wait = (queue?.expectedAt ?? 0) - Date.now();
    expect(wait).toBeGreaterThan(5 * 86_400_000);
    expect(wait).toBeLessThanOrEqual(6 * 86_400_000);
    await eventually(async () => {
      expect(await of(third).comment()).toMatch(
        /number 2 in the queue \|\n[^]*\| Its turn \| about .+ UTC \|/,
      );
    }, 'the comment');
    const { owner, repository, number } = of(third).ref;
    const { stdout } = await execa(
      process.execPath,
      [join(checkout, 'client/cli.ts'), 'status', `${owner}/${repository}#${number}`],
      { env: { TEMPORAL_ADDRESS: scene.stack.temporal?.address ?? '' } },
    );
    expect(stdout).toMatch(/number 2 in the queue/);
  });

  it('lets who waits and is pushed to keep its position', async () => {
    const before = await requestOf(of(second));
    const commit = await scene.app.push(of(second).number, { services: ['meeting-api'] });
    await of(second).push(commit);
    const status = await of(second).reach('queued');
    expect(status).toMatchObject({ commit, queue: { position: 1 } });
    const { id, askedAt, position } = await requestOf(of(second));
    expect({ id, askedAt, position }).toEqual({ id: before.id, askedAt: before.askedAt, position: 1 });
  });

  it('forgets who is closed while it waits', async () => {
    await of(third).close();
    await scene.client.workflow.getHandle(previewWorkflowId(of(third).ref)).result();
    expect(idsOf(await poolOf(scene), of(third).ref)).toEqual([]);
    // the pool knows at once; who waits is told only when its distance has halved
    expect((await requestOf(of(fourth))).position).toBe(2);
    expect(await leftOvers(of(third).number)).toEqual([]);
  });

  it('updates what is live without a place in the queue', async () => {
    const commit = await scene.app.push(scene.number, { services: ['meeting-api'] });
    const seen = watchPhases(scene);
    try {
      await scene.push(commit);
      expect((await scene.reach('ready')).liveCommit).toBe(commit);
    } finally {
      expect(await seen.stop()).not.toContain('queued');
    }
    expect((await requestOf(of(second))).position).toBe(1);
  });

  it('gives the place that comes back to who waited longest, at its newest commit', async () => {
    await scene.close();
    const status = await of(second).reach('ready');
    expect(status.liveCommit).toBe(status.commit);
    expect((await of(fourth).status()).queue?.position).toBe(1);
    expect(await leftOvers(scene.number)).toEqual([]);
  });

  function of(preview: Preview | undefined): Preview {
    if (preview === undefined) throw new Error('the preview was not opened');
    return preview;
  }

  async function requestOf({ ref }: Preview): Promise<QueueStatus> {
    const { queue } = await poolOf(scene);
    const request = queue.find(({ id }) => id.startsWith(`${previewWorkflowId(ref)}#`));
    if (request === undefined) throw new Error('it does not wait');
    return request;
  }

  async function positions(): Promise<(number | undefined)[]> {
    const all = await Promise.all([second, third, fourth].map((preview) => of(preview).status()));
    return all.map(({ queue }) => queue?.position);
  }
});

async function terminatePool({ client, platform }: Scene): Promise<void> {
  await client.workflow.getHandle(capacityWorkflowId(platform)).terminate('in the middle of everything');
}

interface Grants {
  /** Ids in the order in which they were granted. */
  readonly order: readonly string[];
  readonly askedAt: ReadonlyMap<string, number>;
}

/** Asks the pool again and again who waits and who was granted a place; it may be away meanwhile. */
function watchGrants(scene: Scene): { readonly stop: () => Promise<Grants> } {
  const leases = new Map<string, LeaseStatus>();
  const askedAt = new Map<string, number>();
  const ending = new AbortController();
  const loop = (async (): Promise<void> => {
    while (!ending.signal.aborted) {
      const pool = await poolOf(scene).catch(() => null);
      for (const lease of pool?.leases ?? []) if (!leases.has(lease.id)) leases.set(lease.id, lease);
      for (const request of pool?.queue ?? []) askedAt.set(request.id, request.askedAt);
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
  })();
  return {
    stop: async () => {
      ending.abort();
      await loop;
      const order = [...leases.values()].toSorted((one, other) => one.grantedAt - other.grantedAt);
      return { order: order.map(({ id }) => id), askedAt };
    },
  };
}

/** Every phase that a preview is seen in. */
function watchPhases({ status }: Preview): { readonly stop: () => Promise<string[]> } {
  const phases = new Set<string>();
  const ending = new AbortController();
  const loop = (async (): Promise<void> => {
    while (!ending.signal.aborted) {
      phases.add((await status()).phase);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  })();
  // told by `stop`
  loop.catch(() => undefined);
  return {
    stop: async () => {
      ending.abort();
      await loop;
      return [...phases];
    },
  };
}
