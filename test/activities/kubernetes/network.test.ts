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

  const none = { ingress: [], dns: [], dnsPort: 53, database: [], internal: [] };
  const resolver = { ipBlock: { cidr: '10.250.0.1/32' } };

  test.for([53, 5353])('DNS is reached at port %i alone, the database at its own', (dnsPort) => {
    const rules = networkRules({ ...none, dns: [dns, resolver], dnsPort, database: [postgres] }, 5432);
    expect(rules).toMatchObject({
      ingress: [{ from: [within] }],
      egress: [
        { to: [within] },
        {
          to: [dns, resolver],
          ports: [
            { protocol: 'UDP', port: dnsPort },
            { protocol: 'TCP', port: dnsPort },
          ],
        },
        { to: [postgres], ports: [{ protocol: 'TCP', port: 5432 }] },
        https,
      ],
    });
  });

  test('without a database its peers are out of reach, and no list that is empty opens everything', () => {
    const rules = networkRules({ ...none, database: [postgres] }, null);
    expect(rules).toMatchObject({ egress: [{ to: [within] }, https] });
    expect(networkRules(none, 5432)).toMatchObject({
      egress: [{ to: [within] }, https],
    });
  });

  test('HTTPS goes to public addresses only, without what the operator calls internal', () => {
    const internal = ['203.0.113.0/24', '2001:db8::/32'];
    const rules = networkRules({ ...none, internal }, null) as { egress: { to: PublicPeer[] }[] };
    const [v4, v6] = rules.egress.at(-1)?.to ?? [];
    expect(v4?.ipBlock.cidr).toBe('0.0.0.0/0');
    expect(v4?.ipBlock.except).toEqual(
      expect.arrayContaining([
        '10.0.0.0/8',
        '169.254.0.0/16',
        '192.168.0.0/16',
        '172.16.0.0/12',
        internal[0],
      ]),
    );
    expect(v6?.ipBlock.cidr).toBe('::/0');
    expect(v6?.ipBlock.except).toEqual(expect.arrayContaining(['fc00::/7', 'fe80::/10', internal[1]]));
  });

  test('the server takes the ranges that are never public, and those of the operator', async () => {
    const internal = ['203.0.113.0/24', '2001:db8::/32'];
    const wanted = fixture.preview({ network: { ...own.plan.network, internal } });
    await fixture.prepare(wanted);
    const path = `/apis/networking.k8s.io/v1/namespaces/${wanted.namespace}/networkpolicies/pr-preview`;
    expect(JSON.stringify(await fixture.read(path))).toContain('203.0.113.0/24');
  });
});

interface PublicPeer {
  readonly ipBlock: { readonly cidr: string; readonly except: readonly string[] };
}
