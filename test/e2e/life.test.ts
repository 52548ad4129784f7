import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Client } from 'pg';
import type { Browser } from 'playwright-core';
import { openBrowser } from './browser.ts';
import { kubectl, leftOvers, sql } from './cluster.ts';
import type { Scene } from './scene.ts';
import { startScene } from './scene.ts';
import { startTraffic } from './traffic.ts';

const number = 5001;
const other = 5002;

describe('one preview, from its first push to its end', { timeout: 240_000 }, () => {
  let scene: Scene;
  let neighbour: Scene;
  let browser: Browser;
  let first: string;
  let url: string;

  beforeAll(async () => {
    [scene, neighbour, browser] = await Promise.all([
      startScene({ number }),
      startScene({ number: other }),
      openBrowser(),
    ]);
    const pushed = await Promise.all([scene.app.open(number), neighbour.app.open(other)]);
    first = pushed[0];
    await Promise.all([scene.push(first), neighbour.push(pushed[1])]);
    const status = await scene.reach('ready');
    await neighbour.reach('ready');
    url = status.services.find(({ name }) => name === 'ui')?.url ?? '';
  }, 240_000);

  afterAll(async () => {
    await browser.close();
    await Promise.all([scene.end(), neighbour.end()]);
  }, 240_000);

  it('runs four real pods, each by its digest', async () => {
    const pods = JSON.parse(await kubectl('get', 'pods', '-n', scene.namespace, '-o', 'json')) as {
      items: { spec: { containers: { image: string }[] }; status: { phase: string } }[];
    };
    expect(pods.items).toHaveLength(4);
    for (const { spec, status } of pods.items) {
      expect(status.phase).toBe('Running');
      expect(spec.containers[0]?.image).toMatch(
        /^ghcr\.io\/example\/videocall-[a-z-]+:[\w.-]+@sha256:[0-9a-f]{64}$/,
      );
    }
  });

  it('shows in Chromium, over HTTPS, the commit, a row of the database and a message that went through NATS', async () => {
    const context = await browser.newContext({ ignoreHTTPSErrors: true });
    const page = await context.newPage();
    await page.goto(url);
    await page.getByText(first.slice(0, 7)).first().waitFor();
    await page.locator('#meeting-name').fill('a meeting of the test');
    await page.locator('#create-meeting').click();
    await page.locator('#meetings').getByText('a meeting of the test').waitFor();
    await page.locator('#message-text').fill('a message of the test');
    await page.locator('#send-message').click();
    await page.locator('#ws-message').getByText('a message of the test').waitFor();
    await context.close();
  });

  it('keeps its rows in its own database and nowhere else', async () => {
    const count = async (database: string): Promise<number> => {
      const query = `SELECT count(*)::int AS count FROM meetings WHERE name = 'a meeting of the test'`;
      return (await sql<{ count: number }>(query, database))[0]?.count ?? 0;
    };
    expect(await count(`preview_${number}`)).toBe(1);
    expect(await count(`preview_${other}`)).toBe(0);
  });

  it("is refused by the neighbour's database", async () => {
    const secret = JSON.parse(
      await kubectl('get', 'secret', 'database', '-n', scene.namespace, '-o', 'json'),
    ) as {
      data: { url: string };
    };
    const own = new URL(Buffer.from(secret.data.url, 'base64').toString());
    own.pathname = `/preview_${other}`;
    const client = new Client({ connectionString: own.href });
    await expect(client.connect()).rejects.toMatchObject({ code: '42501' });
    await client.end().catch(() => undefined);
  });

  it('rolls its pods at an update under the same tag, without a failed request, and proves the served commit', async () => {
    const traffic = startTraffic(scene.stack, url);
    const second = await scene.app.push(number);
    await scene.push(second);
    const status = await scene.reach('ready');
    const seen = await traffic.stop();
    expect(status.liveCommit).toBe(second);
    expect(seen.failures).toEqual([]);
    expect([...seen.served]).toEqual([first, second]);
  });

  it('tells the pull request what it serves, in one comment', async () => {
    const comments = await scene.app.github.comments({
      owner: 'example',
      repo: scene.app.repository,
      number,
    });
    expect(comments).toHaveLength(1);
    expect(comments[0]?.body).toContain('Preview is ready');
    expect(comments[0]?.body).toContain(url);
    const deployments = await scene.app.github.deployments({ owner: 'example', repo: scene.app.repository });
    expect(deployments.at(-1)?.statuses.at(-1)?.state).toBe('success');
  });

  it('is gone without a trace after its close, with a receipt', async () => {
    await scene.close();
    await scene.client.workflow.getHandle(`preview:example:${scene.app.repository}:${number}`).result();
    expect(await leftOvers(number)).toEqual([]);
    const { receipt } = await scene.status();
    expect(receipt?.items).toEqual([
      { kind: 'namespace', name: `preview-${number}`, state: 'absent', detail: '' },
      { kind: 'database', name: `preview_${number}`, state: 'absent', detail: '' },
      { kind: 'role', name: `preview_${number}`, state: 'absent', detail: '' },
    ]);
    expect(await scene.comment()).toContain('Receipt');
  });
});
