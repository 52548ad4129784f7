import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { previewWorkflowId } from '../../domain/workflow-ids.ts';
import { fetchCommit } from '../../local/demo/fetch-page.ts';
import type { CrowdWatch } from './crowd.ts';
import { watchCrowd } from './crowd.ts';
import { smallApp } from './example-config.ts';
import { idsOf, poolOf } from './pool.ts';
import type { Preview, Scene } from './scene.ts';
import { startScene } from './scene.ts';

const minute = 60_000;
const numbers = [5054, 5055, 5056] as const;
const stems = ['stem-one', 'stem-two'] as const;

/** As for an OAuth provider that wants to know every host beforehand. */
describe('a pool of two fixed stems', { timeout: 5 * minute }, () => {
  let scene: Scene;
  let previews: readonly [Preview, Preview, Preview];
  let commits: readonly string[];
  let crowd: CrowdWatch;

  beforeAll(async () => {
    scene = await startScene({
      number: numbers[0],
      files: await smallApp('meeting-api'),
      platform: { capacity: { stems }, hosts: { pattern: '{place}{-suffix}.{domain}' } },
    });
    previews = [scene, scene.beside(numbers[1]), scene.beside(numbers[2])];
    commits = [];
    for (const number of numbers)
      commits = [...commits, await scene.app.open(number, { services: ['meeting-api'] })];
    crowd = watchCrowd(numbers);
  }, 3 * minute);

  afterAll(async () => {
    await scene.end();
  }, 3 * minute);

  it('serves each preview under the host of its stem', async () => {
    const [first, second] = previews;
    await first.push(commits[0] ?? '');
    await second.push(commits[1] ?? '');
    const both = await Promise.all([first.reach('ready'), second.reach('ready')]);
    expect(both.map(({ place }) => place ?? '').toSorted()).toEqual([...stems]);
    for (const [index, { place, services }] of both.entries()) {
      const url = `https://${place ?? ''}-api.preview.localhost:18443`;
      expect(services).toEqual([{ name: 'meeting-api', url }]);
      expect(await commitAt(url)).toBe(commits[index]);
    }
  });

  it('lets a third wait, and serves it under the stem of the one that is closed', async () => {
    const [first, second, third] = previews;
    const { place, services } = await first.status();
    const url = services[0]?.url ?? '';
    await third.push(commits[2] ?? '');
    expect((await third.reach('queued')).queue?.position).toBe(1);
    await first.close();
    await scene.client.workflow.getHandle(previewWorkflowId(first.ref)).result();
    const status = await third.reach('ready');
    expect(status).toMatchObject({ place, services: [{ name: 'meeting-api', url }] });
    expect(await commitAt(url)).toBe(commits[2]);
    expect(await second.reach('ready')).toMatchObject({ liveCommit: commits[1] });
    expect(idsOf(await poolOf(scene), first.ref)).toEqual([]);
  });

  it('never had a host in two namespaces, nor more namespaces than stems', async () => {
    expect(await crowd.stop()).toMatchObject({ sharedHosts: [], namespacesAtMost: stems.length });
  });

  async function commitAt(url: string): Promise<string> {
    return await fetchCommit(url, scene.stack.ingress ?? { httpsPort: 443, caFile: '' });
  }
});
