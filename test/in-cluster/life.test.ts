import { Connection, Client } from '@temporalio/client';
import { sign } from '@octokit/webhooks-methods';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { PreviewClient } from '../../client/preview-client.ts';
import { createPreviewClient } from '../../client/preview-client.ts';
import type { Finding } from '../../domain/diagnosis.ts';
import type { Phase, PreviewStatus } from '../../domain/status.ts';
import { fetchCommit } from '../../local/demo/fetch-page.ts';
import type { ExampleApp } from '../../local/example-app.ts';
import { createExampleApp } from '../../local/example-app.ts';
import { ask } from '../../local/http.ts';
import { pullRequestPayload } from '../client/events/payloads.ts';
import { upgradingHelm } from '../e2e/processes.ts';
import { eventually } from '../e2e/scene.ts';
import type { Installation } from './installation.ts';
import { startInstallation, webhookSecret } from './installation.ts';

const number = 1;
const preview = `preview-${number}`;

describe(
  'our chart, installed in a cluster, with nothing of ours outside of it',
  { timeout: 300_000 },
  () => {
    let installation: Installation;
    let app: ExampleApp;
    let previews: PreviewClient;
    let close: () => Promise<void>;
    let commit = '';

    const status = async (): Promise<PreviewStatus> => {
      const reading = await previews.status(app.refOf(number));
      if (reading.kind !== 'answered') throw new Error(`no status: ${JSON.stringify(reading)}`);
      return reading.status;
    };
    const reach = async (phase: Phase): Promise<PreviewStatus> =>
      await eventually(
        async () => {
          const seen = await status();
          if (seen.phase !== phase || seen.looking === true) throw new Error(`${seen.phase}: ${seen.reason}`);
          return seen;
        },
        `phase ${phase}`,
        240_000,
      );
    const pushed = async (): Promise<void> => {
      commit = await app.push(number);
      await previews.push(app.refOf(number), { sha: commit, reason: 'event' });
    };
    const helmAtWork = async (): Promise<void> => {
      await eventually(
        async () => {
          if ((await upgradingHelm(preview)) === null) throw new Error('no Helm');
        },
        'a Helm that upgrades',
        120_000,
      );
    };
    const releaseStates = async (): Promise<string[]> => {
      const words = [
        'get',
        'secrets',
        '-n',
        preview,
        '-l',
        'owner=helm',
        '-o',
        'jsonpath={.items[*].metadata.labels.status}',
      ];
      return [...new Set((await installation.kubectl(words)).split(' '))];
    };

    beforeAll(async () => {
      installation = await startInstallation('example/videocall');
      const { stack } = installation;
      app = await createExampleApp({ stack });
      const connection = await Connection.connect({ address: stack.temporal?.address ?? '' });
      close = async () => await connection.close();
      previews = createPreviewClient({ client: new Client({ connection }), place: 'the local stack' });
    }, 600_000);

    afterAll(async () => {
      await close?.();
      await installation?.end();
    }, 120_000);

    it('is accepted by the API server as a dry run, which makes nothing', async () => {
      await installation.install({}, '--dry-run=server');
      expect(await installation.pods('worker')).toEqual([]);
      expect(
        await installation.kubectl(['get', 'clusterroles', 'pr-preview-worker', '--ignore-not-found']),
      ).toBe('');
    });

    it('comes up: worker and gateway are ready under the strictest Pod Security standard', async () => {
      await installation.install();
      const [worker = ''] = await installation.pods('worker');
      const log = await installation.kubectl(['logs', '-n', installation.namespace, worker]);
      expect(log).toContain('worker is polling');
      expect(await installation.pods('gateway')).toHaveLength(1);
    });

    it('has all that doctor looks for, asked in the pod', async () => {
      const [worker = ''] = await installation.pods('worker');
      const answer = JSON.parse(await installation.node(worker, 'client/cli.ts', 'doctor', '--json')) as {
        readonly ok: boolean;
        readonly areas: readonly { readonly findings: readonly Finding[] }[];
      };
      expect(
        answer.areas.flatMap(({ findings }) => findings.filter(({ verdict }) => verdict === 'bad')),
      ).toEqual([]);
      expect(answer.ok).toBe(true);
    });

    it('shows nobody outside how the gateway is', async () => {
      const { httpsPort, caFile } = installation.stack.ingress!;
      const seen = async (path: string): Promise<number> =>
        (
          await ask(`https://127.0.0.1:${httpsPort}${path}`, {
            caFile,
            servername: 'gateway.preview.localhost',
            timeoutMs: 10_000,
            headers: { host: 'gateway.preview.localhost' },
          })
        ).status;
      // the first is the gateway's own answer, the second the ingress controller's
      expect([await seen('/v1/webhooks'), await seen('/readyz')]).toEqual([405, 404]);
    });

    it('runs as nobody special, on files that it cannot write, with a bundle that was built before', async () => {
      const [worker = ''] = await installation.pods('worker');
      const script = `
      const { accessSync, constants, existsSync } = require('node:fs');
      const writable = (path) => { try { accessSync(path, constants.W_OK); return true; } catch { return false; } };
      console.log(JSON.stringify({
        uid: process.getuid(), writable: ['/', '/app', '/app/dist', '/etc', '/cache', '/tmp'].filter(writable),
        bundle: existsSync('/app/dist/workflow-bundle.js'), production: process.env.NODE_ENV,
      }));`;
      expect(JSON.parse(await installation.node(worker, '-e', script))).toEqual({
        uid: 65532,
        writable: ['/cache', '/tmp'],
        bundle: true,
        production: 'production',
      });
    });

    it('does not start in production without that bundle', async () => {
      const [worker = ''] = await installation.pods('worker');
      const script = `
      const { spawnSync } = require('node:child_process');
      const env = { ...process.env, PREVIEW_WORKFLOW_BUNDLE: '/app/dist/missing.js', PREVIEW_HEALTH_ADDRESS: '127.0.0.1:1081', PREVIEW_METRICS_ADDRESS: '127.0.0.1:1082' };
      const { status, stdout } = spawnSync('node', ['worker/main.ts'], { env, encoding: 'utf8' });
      console.log(JSON.stringify({ status, refused: /the workflow bundle .*missing.js is missing/.test(stdout) }));`;
      expect(JSON.parse(await installation.node(worker, '-e', script))).toEqual({ status: 2, refused: true });
    });

    it('deploys a preview by that pod alone', async () => {
      commit = await app.open(number);
      await previews.push(app.refOf(number), { sha: commit, reason: 'event' });
      const { services } = await reach('ready');
      const url = services.find(({ name }) => name === 'ui')?.url ?? '';
      const { httpsPort, caFile } = installation.stack.ingress!;
      expect(await fetchCommit(url, { httpsPort, caFile })).toBe(commit);
    });

    it('updates it by an event of GitHub that comes through the gateway’s Ingress', async () => {
      commit = await app.push(number);
      const place = { owner: app.owner, repo: app.repository, number };
      const repositoryId = Number((await app.github.pullRequest(place)).base.repo.id);
      const payload = pullRequestPayload('synchronize', {
        ref: app.refOf(number),
        repositoryId,
        sha: commit,
      });
      const body = JSON.stringify(payload);
      const { httpsPort, caFile } = installation.stack.ingress!;
      const answer = await ask(`https://127.0.0.1:${httpsPort}/v1/webhooks`, {
        method: 'POST',
        caFile,
        servername: 'gateway.preview.localhost',
        timeoutMs: 10_000,
        body,
        headers: {
          host: 'gateway.preview.localhost',
          'content-type': 'application/json',
          'x-github-event': 'pull_request',
          'x-github-delivery': 'delivery-of-the-in-cluster-test',
          'x-hub-signature-256': await sign(webhookSecret, body),
        },
      });
      expect(answer).toMatchObject({ status: 202 });
      expect(
        await eventually(
          async () => {
            const seen = await reach('ready');
            if (seen.liveCommit !== commit) throw new Error(`serves ${seen.liveCommit}`);
            return seen;
          },
          'the update',
          240_000,
        ),
      ).toMatchObject({ liveCommit: commit });
    });

    it('extends it, asked by the command line in the pod', async () => {
      const [worker = ''] = await installation.pods('worker');
      const before = (await status()).deadline ?? Infinity;
      const words = ['extend', `example/videocall#${number}`, '6d', '--json'];
      const answer = JSON.parse(await installation.node(worker, 'client/cli.ts', ...words)) as {
        deadline: number;
      };
      expect(answer.deadline).toBeGreaterThan(before);
      expect((await status()).deadline).toBe(answer.deadline);
    });

    it('finishes a deploy that SIGTERM interrupted: by the next pod, with no release left pending, and the log says so', async () => {
      const [first = ''] = await installation.pods('worker');
      await pushed();
      await helmAtWork();
      const following = installation.kubectl([
        'logs',
        '-n',
        installation.namespace,
        first,
        '--follow',
        '--tail=-1',
      ]);
      await installation.kubectl(['delete', 'pod', '-n', installation.namespace, first, '--wait=false']);
      expect(await reach('ready')).toMatchObject({ liveCommit: commit });
      expect(await releaseStates()).toEqual(['deployed', 'superseded']);
      const [second] = await installation.pods('worker');
      expect(second).not.toBe(first);
      const said = (await following)
        .split('\n')
        .filter((line) => line.startsWith('{'))
        .map((line) => JSON.parse(line) as { msg: string });
      const messages = said.map(({ msg }) => msg);
      expect(messages).toEqual(expect.arrayContaining(['worker is draining', 'worker has drained']));
    });

    it('keeps two workers at once apart during a rollout in the middle of a deploy', async () => {
      const before = await installation.pods('worker');
      await pushed();
      await helmAtWork();
      await installation.install({ worker: { replicas: 2, podAnnotations: { 'example.com/rollout': '2' } } });
      expect(await reach('ready')).toMatchObject({ liveCommit: commit });
      const after = await installation.pods('worker');
      expect(after).toHaveLength(2);
      expect(after).not.toEqual(expect.arrayContaining(before));
      expect(await releaseStates()).toEqual(['deployed', 'superseded']);
      await pushed();
      expect(await reach('ready')).toMatchObject({ liveCommit: commit });
    });

    it('cleans it up without a trace', async () => {
      await app.github.closePullRequest({ owner: app.owner, repo: app.repository, number });
      await previews.close(app.refOf(number), { reason: 'event', by: null });
      const { receipt } = await reach('gone');
      expect(receipt?.items.map(({ state }) => state)).toEqual(['absent', 'absent', 'absent']);
      expect(await installation.kubectl(['get', 'namespace', preview, '--ignore-not-found'])).toBe('');
    });

    it('leaves nothing of its own in the cluster after its uninstall but the namespace that a person made', async () => {
      await installation.uninstall();
      const kinds =
        'clusterroles,clusterrolebindings,validatingadmissionpolicies,validatingadmissionpolicybindings,mutatingadmissionpolicies,mutatingadmissionpolicybindings';
      const names = (await installation.kubectl(['get', kinds, '-o', 'name']))
        .split('\n')
        .filter((name) => /preview/.test(name));
      expect(names).toEqual([]);
      await eventually(
        async () => {
          if ((await installation.pods('worker')).length > 0) throw new Error('still there');
        },
        'the end of the pods',
        150_000,
      );
    });

    it('is installed as well in two releases: rights by an administrator, worker and gateway by a team', async () => {
      await installation.installAs('pr-preview-rights', {
        worker: { enabled: false },
        gateway: { enabled: false },
      });
      await installation.install({ rights: { enabled: false } });
      const [worker = ''] = await installation.pods('worker');
      expect(await installation.kubectl(['logs', '-n', installation.namespace, worker])).toContain(
        'worker is polling',
      );
      expect(await installation.pods('gateway')).toHaveLength(1);
      await installation.uninstall();
      await installation.uninstall('pr-preview-rights');
    });
  },
);
