import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fetchCommit } from '../../local/demo/fetch-page.ts';
import { commentEvent, pullRequestEvent } from '../client/action/events.ts';
import type { GitHubEvent, Ran } from '../client/action/run-action.ts';
import { runAction } from '../client/action/run-action.ts';
import type { TokenService } from '../client/action/token-service.ts';
import { startTokenService } from '../client/action/token-service.ts';
import { startIssuer } from '../client/gateway/issuer.ts';
import type { Issuer } from '../client/gateway/issuer.ts';
import { platformText } from '../worker/worker-process.ts';
import { leftOvers } from './cluster.ts';
import type { Scene } from './scene.ts';
import { eventually, startScene } from './scene.ts';
import { freePort } from '../support/free-port.ts';

const number = 5181;
const main = fileURLToPath(new URL('../../client/gateway.ts', import.meta.url));

describe('the action, run as GitHub runs it, through the gateway', { timeout: 240_000 }, () => {
  let scene: Scene;
  let issuer: Issuer;
  let gateway: { readonly url: string; readonly log: () => string; readonly stop: () => Promise<void> };
  let repositoryId: number;
  let first: string;

  beforeAll(async () => {
    [scene, issuer] = await Promise.all([startScene({ number }), startIssuer()]);
    gateway = await startGateway(scene, issuer.url);
    first = await scene.app.open(number);
    const { owner, repository: repo, github } = scene.app;
    repositoryId = Number((await github.pullRequest({ owner, repo, number })).base.repo.id);
  }, 240_000);

  afterAll(async () => {
    await scene.end();
    await gateway.stop();
    await issuer.close();
  }, 240_000);

  /** Runs the action in a job that GitHub vouches for as it does for one of that event. */
  async function run(event: GitHubEvent, inputs: Record<string, string> = {}): Promise<Ran> {
    const { owner, repository } = scene.app;
    const tokens = await startTokenService(
      async (audience) => await issuer.token(claims(audience, event.name)),
    );
    try {
      const ran = await runAction({
        repository: `${owner}/${repository}`,
        event: withRepositoryId(event),
        inputs: { endpoint: gateway.url, wait: '3m', ...inputs },
        env: tokens.env,
      });
      for (const { token } of tokens.given)
        expect(ran.log + ran.summary + gateway.log()).not.toContain(token);
      return ran;
    } finally {
      await (tokens satisfies TokenService).close();
    }
  }

  function claims(audience: string, event: string): object {
    const { owner, repository } = scene.app;
    const ref = 'refs/heads/main';
    const workflow = `${owner}/${repository}/.github/workflows/preview.yaml@${ref}`;
    return {
      aud: audience,
      repository: `${owner}/${repository}`,
      repository_id: String(repositoryId),
      event_name: event,
      ref,
      sha: first,
      actor: 'alice',
      workflow_ref: workflow,
      job_workflow_ref: workflow,
    };
  }

  /** Events of the tests are of a repository 42. */
  function withRepositoryId({ name, payload }: GitHubEvent): GitHubEvent {
    return {
      name,
      payload: JSON.parse(JSON.stringify(payload).replaceAll('"id":42', `"id":${repositoryId}`)),
    };
  }

  it('brings a preview up, and its address serves the commit', async () => {
    const { code, outputs, summary, annotations, log } = await run(
      pullRequestEvent(scene.ref, 'opened', first),
    );
    expect(log).toContain(`serves ${first}`);
    expect(code).toBe(0);
    expect(annotations).toEqual([]);
    expect(outputs).toMatchObject({ phase: 'ready', commit: first });
    expect(summary).toContain('### Preview is ready');
    const { ingress } = scene.stack;
    if (!ingress) throw new Error('the stack has no ingress');
    expect(await fetchCommit(outputs['url'] ?? '', ingress)).toBe(first);
  });

  it('is refused with every reason where the run may not do what it wants', async () => {
    const event = pullRequestEvent(scene.ref, 'opened', first);
    const { code, annotations } = await run(event, { command: 'close', number: String(number) });
    expect(code).toBe(1);
    expect(annotations).toEqual([
      ['error', expect.stringMatching(/refuses it: a run of pull_request_target may not do this/)],
    ]);
    expect((await scene.status()).phase).toBe('ready');
  });

  it('closes it by a command in a comment', async () => {
    const { owner, repository: repo, github } = scene.app;
    const body = '/preview close';
    const { id } = await github.comment({ owner, repo, number, author: 'alice', body });
    const { code, outputs, summary } = await run(
      commentEvent(scene.ref, { id: Number(id), author: 'alice', body }),
    );
    expect(code).toBe(0);
    expect(outputs['phase']).toBe('gone');
    expect(summary).toContain('**Receipt**');
    expect(await leftOvers(number)).toEqual([]);
  });
});

/** The gateway as a process of its own, for a scene's worker. */
async function startGateway(
  { stack, platform, app }: Scene,
  issuer: string,
): Promise<{ url: string; log: () => string; stop: () => Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'pr-preview-gateway-'));
  const file = join(folder, 'platform.yaml');
  await writeFile(file, platformText.replace('example/videocall', `${app.owner}/${app.repository}`));
  const address = `127.0.0.1:${await freePort()}`;
  const url = `http://${address}`;
  const running = execa(process.execPath, [main], {
    extendEnv: false,
    stdin: 'ignore',
    all: true,
    reject: false,
    env: {
      PATH: process.env['PATH'] ?? '',
      HOME: folder,
      TEMPORAL_ADDRESS: stack.temporal?.address ?? '',
      PREVIEW_TASK_QUEUE: platform,
      PREVIEW_PLATFORM_CONFIG: file,
      PREVIEW_GATEWAY_ADDRESS: address,
      PREVIEW_GATEWAY_URL: url,
      PREVIEW_OIDC_ISSUER: issuer,
      GITHUB_TOKEN: stack.github?.token ?? '',
      GITHUB_API_URL: stack.github?.url ?? '',
    },
  });
  let log = '';
  running.all.on('data', (chunk: Buffer) => (log += chunk.toString()));
  await eventually(
    async () => {
      if ((await fetch(`${url}/readyz`)).status !== 200) throw new Error(log);
    },
    'the gateway being ready',
    60_000,
  );
  return {
    url,
    log: () => log,
    stop: async () => {
      running.kill('SIGTERM');
      await running;
      await rm(folder, { recursive: true });
    },
  };
}
