import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { networkRules } from '../../../activities/kubernetes/network.ts';
import { readLog } from '../../../activities/kubernetes/logs.ts';
import type { TestPreview } from './fixture.ts';
import { createFixture, deployment, eventually, job, never, testImage } from './fixture.ts';

const fixture = createFixture(1800);
const { operations, clients } = fixture;
let image: string;
let own: TestPreview;
let other: TestPreview;

beforeAll(async () => {
  image = await testImage();
  own = fixture.preview();
  other = fixture.preview();
  await Promise.all(
    [own, other].map(async (preview) => {
      await fixture.prepare(preview);
      await fixture.deploy(preview, 'web', [deployment('web', { image, args: ['serve'] })]);
      await operations.awaitReady({ namespace: preview.namespace, release: 'web', timeoutMs: 60_000 }, never);
    }),
  );
});
afterAll(() => fixture.close());

/** What a pod of the preview says it can reach. */
async function reach(preview: TestPreview, addresses: readonly string[]): Promise<readonly string[]> {
  const name = 'dial';
  await fixture.deploy(preview, name, [job(name, { image, args: ['dial', ...addresses], probe: false })]);
  await operations.awaitReady({ namespace: preview.namespace, release: name, timeoutMs: 60_000 }, never);
  const [pod] = await podsOf(preview, 'job-name=dial');
  const tail = {
    namespace: preview.namespace,
    pod: pod?.name ?? '',
    container: 'app',
    previous: false,
    lines: 50,
  };
  return (await readLog(clients.worker, tail, never)).trim().split('\n');
}

async function podsOf(
  preview: TestPreview,
  selector: string,
): Promise<readonly { name: string; ip: string }[]> {
  const path = `/api/v1/namespaces/${preview.namespace}/pods`;
  return await eventually('a pod has an address', async () => {
    const list = await fixture.admin.json<{
      items: { metadata: { name: string }; status: { podIP?: string } }[];
    }>({ method: 'GET', path, query: { labelSelector: selector } }, never);
    const pods = list.items.map(({ metadata, status }) => ({ name: metadata.name, ip: status.podIP ?? '' }));
    return pods.length > 0 && pods.every(({ ip }) => ip !== '') && pods;
  });
}

describe('The network of a preview', () => {
  test('pods reach each other and names are found, but another preview is out of reach', async () => {
    const [mine] = await podsOf(own, 'app=web');
    const [theirs] = await podsOf(other, 'app=web');
    const name = 'kubernetes.default.svc.cluster.local';
    expect(await reach(own, [`${mine?.ip}:8080`, `${theirs?.ip}:8080`, name])).toEqual([
      `${mine?.ip}:8080: reached`,
      `${theirs?.ip}:8080: away`,
      `${name}: found`,
    ]);
  });

  const dns = { namespaceSelector: {}, podSelector: { matchLabels: { 'k8s-app': 'kube-dns' } } };
  const postgres = { podSelector: { matchLabels: { app: 'postgres' } } };
  const https = expect.objectContaining({ ports: [{ protocol: 'TCP', port: 443 }] }) as unknown;
  const within = { podSelector: {} };

  test('pods that answer DNS are reached at its port alone, the database at its own', () => {
    const rules = networkRules({ ingress: [], dns: [dns], database: [postgres] }, 5432);
    expect(rules).toMatchObject({
      ingress: [{ from: [within] }],
      egress: [
        { to: [within] },
        {
          to: [dns],
          ports: [
            { protocol: 'UDP', port: 53 },
            { protocol: 'TCP', port: 53 },
          ],
        },
        { to: [postgres], ports: [{ protocol: 'TCP', port: 5432 }] },
        https,
      ],
    });
  });

  test('without a database its peers are out of reach, and no list that is empty opens everything', () => {
    const rules = networkRules({ ingress: [], dns: [], database: [postgres] }, null);
    expect(rules).toMatchObject({ egress: [{ to: [within] }, https] });
    expect(networkRules({ ingress: [], dns: [], database: [] }, 5432)).toMatchObject({
      egress: [{ to: [within] }, https],
    });
  });

  test('HTTPS goes to public addresses only', () => {
    const text = JSON.stringify(networkRules({ ingress: [], dns: [], database: [] }, null));
    for (const range of ['10.0.0.0/8', '169.254.0.0/16', '192.168.0.0/16', '172.16.0.0/12', 'fc00::/7'])
      expect(text).toContain(range);
  });
});
