import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fetchCommit } from '../../local/demo/fetch-page.ts';
import { pullRequestEvent } from '../client/action/events.ts';
import type { Ran } from '../client/action/run-action.ts';
import { runAction } from '../client/action/run-action.ts';
import { leftOvers } from './cluster.ts';
import type { Scene } from './scene.ts';
import { startScene } from './scene.ts';

const number = 5180;

describe('the action, run as GitHub runs it, straight to Temporal', { timeout: 240_000 }, () => {
  let scene: Scene;
  let first: string;

  beforeAll(async () => {
    scene = await startScene({ number });
    first = await scene.app.open(number);
  }, 240_000);

  afterAll(async () => {
    await scene.end();
  }, 240_000);

  async function run(action: string, commit: string): Promise<Ran> {
    const { stack, app, platform } = scene;
    return await runAction({
      repository: `${app.owner}/${app.repository}`,
      event: pullRequestEvent(scene.ref, action, commit),
      inputs: {
        'temporal-address': stack.temporal?.address ?? '',
        'task-queue': platform,
        'github-token': stack.github?.token ?? '',
        wait: '3m',
      },
      env: { GITHUB_API_URL: stack.github?.url ?? '' },
    });
  }

  it('brings a preview up, and its address serves the commit', async () => {
    const { code, outputs, summary, annotations, log } = await run('opened', first);
    expect(log).toContain(`serves ${first}`);
    expect(code).toBe(0);
    expect(annotations).toEqual([]);
    expect(outputs).toMatchObject({ phase: 'ready', commit: first });
    const urls = JSON.parse(outputs['urls'] ?? '') as Record<string, string>;
    expect(Object.keys(urls).sort()).toEqual(['meeting-api', 'ui', 'websocket']);
    expect(outputs['url']).toBe(urls['ui']);
    expect(summary).toContain('### Preview is ready');
    const { ingress } = scene.stack;
    if (!ingress) throw new Error('the stack has no ingress');
    expect(await fetchCommit(outputs['url'] ?? '', ingress)).toBe(first);
  });

  it('fails for a commit that crashes, with its log in the summary, while the one before goes on serving', async () => {
    const second = await scene.app.push(number, { faults: { ui: 'crash-on-start' } });
    const { code, outputs, summary, annotations } = await run('synchronize', second);
    expect(code).toBe(1);
    expect(annotations).toEqual([['error', expect.stringContaining('update-failed')]]);
    expect(outputs).toMatchObject({ phase: 'update-failed', commit: first });
    expect(summary).toContain('Last log lines');
  });

  it('takes the preview away when the pull request is closed, and shows the receipt', async () => {
    const { app } = scene;
    await app.github.closePullRequest({ owner: app.owner, repo: app.repository, number });
    const { code, outputs, summary } = await run('closed', first);
    expect(code).toBe(0);
    expect(outputs['phase']).toBe('gone');
    expect(summary).toContain('**Receipt**');
    expect(await leftOvers(number)).toEqual([]);
  });
});
