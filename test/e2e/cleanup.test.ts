import { describe, expect, inject, it } from 'vitest';
import { apply, kubectl, leftOvers, sql } from './cluster.ts';
import { startProxyTo } from './proxy.ts';
import { eventually, startScene } from './scene.ts';

const minute = 60_000;

async function pause(ms: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, ms));
}

describe.concurrent('cleanup', { timeout: 8 * minute }, () => {
  it('survives Postgres being away for a minute and a namespace that hangs on a finalizer for two', async () => {
    const proxy = await startProxyTo(inject('stack').postgres?.adminUrl ?? '');
    const scene = await startScene({ number: 5021, environment: { DATABASE_ADMIN_URL: proxy.url } });
    const { namespace } = scene;
    try {
      await scene.push(await scene.app.open(scene.number));
      await scene.reach('ready');
      const metadata = { name: 'held', namespace, finalizers: ['test.pr-preview.io/held'] };
      await apply({ apiVersion: 'v1', kind: 'ConfigMap', metadata });
      proxy.cut();
      await scene.close();
      await scene.reach('cleaning-up');
      await pause(minute);
      proxy.mend();
      // gone although the namespace still hangs: the steps are independent
      await eventually(
        async () => {
          const left = await leftOvers(scene.number);
          if (left.some((one) => one.startsWith('database'))) throw new Error(left.join(', '));
        },
        'the end of the database',
        minute,
      );
      expect(await leftOvers(scene.number)).toEqual([`namespace/${namespace}`]);
      await pause(minute);
      await kubectl(
        'patch',
        'configmap',
        'held',
        '-n',
        namespace,
        '--type=merge',
        '-p',
        '{"metadata":{"finalizers":null}}',
      );
      await scene.client.workflow
        .getHandle(`preview:example:${scene.app.repository}:${scene.number}`)
        .result();
      expect(await leftOvers(scene.number)).toEqual([]);
      expect((await scene.status()).receipt?.items.map(({ state }) => state)).toEqual([
        'absent',
        'absent',
        'absent',
      ]);
    } finally {
      await scene.end();
      await proxy.close();
    }
  });

  it('a second time is a success that finds nothing and says nothing', async () => {
    const scene = await startScene({ number: 5022 });
    try {
      await scene.push(await scene.app.open(scene.number));
      await scene.reach('ready');
      const handle = scene.client.workflow.getHandle(
        `preview:example:${scene.app.repository}:${scene.number}`,
      );
      await scene.close();
      await handle.result();
      const said = await scene.comment();
      await scene.close();
      await handle.result();
      expect((await scene.status()).receipt).toMatchObject({ found: false });
      expect(await scene.comment()).toBe(said);
    } finally {
      await scene.end();
    }
  });

  it('never touches a namespace or database that is not ours, and the refusal says whose it is', async () => {
    const scene = await startScene({ number: 5023 });
    const { namespace } = scene;
    try {
      await apply({
        apiVersion: 'v1',
        kind: 'Namespace',
        metadata: { name: namespace, labels: { team: 'humans' } },
      });
      await sql('CREATE DATABASE preview_5023');
      await scene.push(await scene.app.open(scene.number));
      const { failure } = await scene.reach('failed');
      const messages = failure?.problems.map(({ type, message }) => `${type}: ${message}`) ?? [];
      expect(messages).toEqual(
        expect.arrayContaining([
          expect.stringMatching(/^NamespaceNotOurs: .*preview-5023/),
          expect.stringMatching(/^DatabaseNotOurs: .*preview_5023.*owned by role "/s),
        ]),
      );
      await scene.close();
      await scene.client.workflow
        .getHandle(`preview:example:${scene.app.repository}:${scene.number}`)
        .result();
      const { receipt } = await scene.status();
      expect(receipt?.items).toEqual([
        expect.objectContaining({ kind: 'namespace', state: 'foreign' }),
        expect.objectContaining({
          kind: 'database',
          state: 'foreign',
          detail: expect.stringContaining('preview_5023'),
        }),
        expect.objectContaining({ kind: 'role', state: 'absent' }),
      ]);
      expect(await leftOvers(scene.number)).toEqual([`namespace/${namespace}`, 'database preview_5023']);
    } finally {
      await scene.end();
      await kubectl('delete', 'namespace', namespace, '--ignore-not-found');
      await sql('DROP DATABASE IF EXISTS preview_5023');
    }
  });
});
