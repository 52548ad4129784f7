import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import {
  checkWorkflowId,
  cleanupWorkflowId,
  deployWorkflowId,
  previewWorkflowId,
} from '../../domain/workflow-ids.ts';
import { kubectl } from './cluster.ts';
import { processes } from './processes.ts';
import type { Scene } from './scene.ts';
import { startScene } from './scene.ts';

/** Each secret as it is, as it stands in a URL, and in base64 and base64 of base64. */
function guises(secret: string): string[] {
  const base64 = Buffer.from(secret).toString('base64');
  return [secret, encodeURIComponent(secret), base64, Buffer.from(base64).toString('base64')];
}

interface KubernetesSecret {
  readonly metadata: { readonly name: string };
  readonly data: Record<string, string>;
}

async function secretsOf(scene: Scene, ...selector: string[]): Promise<KubernetesSecret[]> {
  const text = await kubectl('get', 'secrets', '-n', scene.namespace, '-o', 'json', ...selector);
  return (JSON.parse(text) as { items: KubernetesSecret[] }).items;
}

const decode = (text: string): string => Buffer.from(text, 'base64').toString();

describe('a secret', { timeout: 240_000 }, () => {
  let scene: Scene;
  /** By what it is, so that a failing test does not print it. */
  const secrets = new Map<string, string>();
  const commandLines = new Set<string>();
  const watching = new AbortController();

  beforeAll(async () => {
    scene = await startScene({ number: 5031 });
    const watch = (async (): Promise<void> => {
      while (!watching.signal.aborted) {
        for (const { words } of await processes()) commandLines.add(words.join(' '));
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    })();
    await scene.push(await scene.app.open(scene.number));
    await scene.reach('ready');
    await scene.push(await scene.app.push(scene.number));
    await scene.reach('ready');
    watching.abort();
    await watch;
    const { postgres, github } = inject('stack');
    const [database, jwt] = await Promise.all(
      ['database', 'jwt-secret'].map(
        async (name) => (await secretsOf(scene)).find(({ metadata }) => metadata.name === name)?.data ?? {},
      ),
    );
    secrets.set("the preview's database password", new URL(decode(database?.['url'] ?? '')).password);
    secrets.set('the generated secret', decode(jwt?.['secret'] ?? ''));
    secrets.set("the admin's database password", new URL(postgres?.adminUrl ?? '').password);
    secrets.set('the GitHub token', github?.token ?? '');
    for (const [what, secret] of secrets) if (secret.length < 8) throw new Error(`${what} was not found`);
  }, 240_000);

  afterAll(async () => {
    watching.abort();
    await scene.end();
  }, 240_000);

  function found(text: string): string[] {
    return [...secrets]
      .filter(([, secret]) => guises(secret).some((guise) => text.includes(guise)))
      .map(([what]) => what);
  }

  it('is seen by this test where it is', async () => {
    const all = JSON.stringify(await secretsOf(scene));
    expect(found(all)).toContain('the generated secret');
  });

  it('is in no command line while things run', () => {
    const lines = [...commandLines].join('\n');
    expect(lines).toContain('upgrade');
    expect(found(lines)).toEqual([]);
  });

  it('is in no history of Temporal', async () => {
    const ids = [previewWorkflowId, checkWorkflowId, deployWorkflowId, cleanupWorkflowId].slice(0, 3);
    for (const idOf of ids) {
      const history = await scene.client.workflow.getHandle(idOf(scene.ref)).fetchHistory();
      const events = historyToJSON(history);
      // payloads are base64 in the export
      const payloads = [...events.matchAll(/"data": ?"([A-Za-z0-9+/=]+)"/g)].map(([, data]) =>
        decode(data ?? ''),
      );
      expect(payloads.length).toBeGreaterThan(5);
      expect(found(`${events}\n${payloads.join('\n')}`)).toEqual([]);
    }
  });

  it("is in no Helm release's values or manifest", async () => {
    const releases = await secretsOf(scene, '-l', 'owner=helm');
    expect(releases.length).toBeGreaterThanOrEqual(4);
    for (const { data } of releases) {
      const release = gunzipSync(Buffer.from(decode(data['release'] ?? ''), 'base64')).toString();
      expect(release).toContain('"manifest"');
      expect(found(release)).toEqual([]);
    }
  });

  it('is in no log of the worker and no comment', async () => {
    const log = await scene.worker().log();
    expect(log).toContain('worker is polling');
    expect(found(log)).toEqual([]);
    expect(found(await scene.comment())).toEqual([]);
  });
});
