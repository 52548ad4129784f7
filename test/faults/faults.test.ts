import { execa } from 'execa';
import { Client as Postgres } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Part, Stack } from '../../local/stack.ts';
import { ensureStack, killProcess, stopStack } from '../../local/stack.ts';
import { plainProgress } from '../../local/progress.ts';
import { upgradingHelm } from '../e2e/processes.ts';
import type { Preview, Scene } from '../e2e/scene.ts';
import { eventually, startScene } from '../e2e/scene.ts';
import type { SeenFault } from './table.ts';
import { essenceOf, readFaults, writeFaults } from './table.ts';

/** Nobody else's: its parts are killed. */
const instance = 6;
const parts: readonly Part[] = ['temporal', 'postgres', 'registry', 'cluster', 'ingress', 'github'];
const awayMs = 25_000;

interface Fault {
  readonly what: string;
  readonly kill: () => Promise<void>;
  readonly bringBack: () => Promise<void>;
}

/** The kernel hangs up on stopped processes whose parent died: it may be gone already. */
function wakeIfThere(pid: number): void {
  try {
    process.kill(pid, 'SIGCONT');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

describe('what previews do when something is killed in the middle', { timeout: 400_000 }, () => {
  let stack: Stack;
  let scene: Scene;
  const seen: SeenFault[] = [];

  const start = async (): Promise<Stack> =>
    await ensureStack({ instance, parts, progress: plainProgress('faults') });
  const part = (what: string, name: string): Fault => ({
    what,
    kill: async () => await killProcess(name, { instance }),
    bringBack: async () => void (await start()),
  });
  const worker: Fault = {
    what: 'the worker',
    kill: async () => await scene.worker().kill(),
    bringBack: async () => void (await scene.startWorker()),
  };

  beforeAll(async () => {
    stack = await start();
    const host = `10.250.${instance}.1`;
    const peers = [{ ipBlock: { cidr: `${host}/32` } }];
    scene = await startScene({
      stack,
      number: 1,
      platform: {
        publicPort: stack.ingress?.httpsPort,
        database: {
          host: stack.postgres?.podHost,
          port: stack.postgres?.podPort,
          parameters: { sslmode: 'disable' },
        },
        network: { ingress: peers, dns: peers, database: peers },
        registries: [{ host: 'ghcr.io', url: `http://${stack.registry?.address}` }],
        probe: { connect: `127.0.0.1:${stack.ingress?.httpsPort}`, ca: stack.ingress?.caFile },
      },
    });
  }, 300_000);

  afterAll(async () => {
    try {
      await scene?.end();
      if (process.env['WRITE_FAULTS'] !== undefined) await writeFaults(seen);
    } finally {
      await stopStack({ instance });
    }
  }, 300_000);

  const kubectl = async (...words: readonly string[]): Promise<string> => {
    const env = { KUBECONFIG: stack.cluster?.adminKubeconfig ?? '' };
    return (await execa(stack.tools.kubectl ?? 'kubectl', words, { env })).stdout;
  };

  /** Names of what a preview has, in the cluster and in Postgres. */
  const leftOf = async ({ namespace, number }: Preview): Promise<string> => {
    const client = new Postgres({ connectionString: stack.postgres?.superuserUrl });
    await client.connect();
    const { rows } = await client.query<{ name: string }>(
      `SELECT datname AS name FROM pg_database WHERE datname = $1 UNION ALL SELECT rolname FROM pg_roles WHERE rolname = $1`,
      [`preview_${number}`],
    );
    await client.end();
    const there = await kubectl('get', 'namespace', namespace, '--ignore-not-found', '-o', 'name');
    return [there, ...rows.map(({ name }) => name)].filter((name) => name !== '').join(', ') || 'nothing';
  };

  const said = async (preview: Preview): Promise<string | null> =>
    await preview.status().then(
      ({ phase, reason }) =>
        `${phase}: ${reason}`.replaceAll(/\|/g, '/').replaceAll(/\b[0-9a-f]{7,40}\b/g, '…'),
      () => null,
    );

  const secondsSince = (instant: number): number => Math.round((Date.now() - instant) / 1000);

  it.each<[string, number, () => Fault]>([
    ['Temporal', 10, () => part('Temporal', 'temporal')],
    ['the API server', 20, () => part('the API server', 'kube-apiserver')],
    ['PostgreSQL', 30, () => part('PostgreSQL', 'postgres')],
    ['the registry', 40, () => part('the registry', 'registry')],
    ['the worker', 50, () => worker],
  ])(
    '%s, killed during a deploy and during a cleanup: both come to what was asked',
    async (_, base, faultOf) => {
      const fault = faultOf();
      const [deployed, cleaned] = [scene.beside(base), scene.beside(base + 1)];
      await cleaned.push(await scene.app.open(cleaned.number));
      await cleaned.reach('ready');
      const commit = await scene.app.open(deployed.number);

      await deployed.push(commit);
      const helm = await eventually(
        async () => {
          const found = await upgradingHelm(deployed.namespace);
          if (found === null) throw new Error('none');
          process.kill(found.pid, 'SIGSTOP');
          return found;
        },
        'Helm at work',
        120_000,
      );
      await cleaned.close();
      await eventually(
        async () => {
          const state = await kubectl(
            'get',
            'namespace',
            cleaned.namespace,
            '-o',
            'jsonpath={.status.phase}',
          );
          if (state !== 'Terminating') throw new Error(state);
        },
        'the namespace going away',
        60_000,
      );

      await fault.kill();
      wakeIfThere(helm.pid);
      const killedAt = Date.now();
      await new Promise((resolve) => setTimeout(resolve, awayMs));
      const meanwhile = [await said(deployed), await said(cleaned)] as const;
      await fault.bringBack();
      const away = secondsSince(killedAt);
      const backAt = Date.now();

      const ended = async (
        seenOf: Pick<SeenFault, 'during' | 'said'>,
        untilEnd: () => Promise<Pick<SeenFault, 'end' | 'left'>>,
      ): Promise<SeenFault> => {
        const { end, left } = await untilEnd();
        return { what: fault.what, ...seenOf, away, after: secondsSince(backAt), end, left };
      };
      const rows = await Promise.all([
        ended({ during: 'deploy', said: meanwhile[0] }, async () => {
          const { liveCommit } = await deployed.reach('ready', 300_000);
          expect(liveCommit).toBe(commit);
          const words = ['get', 'secrets', '-n', deployed.namespace, '-l', 'owner=helm'];
          const states = await kubectl(...words, '-o', 'jsonpath={.items[*].metadata.labels.status}');
          expect(states).not.toMatch(/pending|uninstalling/);
          return { end: 'serves the commit', left: 'nothing pending' };
        }),
        ended({ during: 'cleanup', said: meanwhile[1] }, async () => {
          const id = `preview:example:${scene.app.repository}:${cleaned.number}`;
          // our own way to Temporal may need another moment
          await eventually(
            async () => await scene.client.workflow.getHandle(id).result(),
            'the end of the cleanup',
            300_000,
          );
          const { receipt } = await cleaned.status();
          expect(receipt?.items.map(({ state }) => state)).toEqual(['absent', 'absent', 'absent']);
          return { end: 'gone, with a receipt', left: await leftOf(cleaned) };
        }),
      ]);
      seen.push(...rows);
      expect(rows.map(({ left }) => left)).toEqual(['nothing pending', 'nothing']);
      await deployed.close();
    },
  );

  it('is what docs/faults.md tells', async () => {
    if (process.env['WRITE_FAULTS'] !== undefined) return;
    expect(seen.map(essenceOf)).toEqual(await readFaults());
  });
});
