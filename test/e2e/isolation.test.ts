import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { stackAddresses } from '../../local/addresses.ts';
import { ask } from '../../local/http.ts';
import { apply, kubectl } from './cluster.ts';
import type { Outside } from './outside.ts';
import { startOutside } from './outside.ts';
import { probeApp } from './probe-app.ts';
import type { Outcome } from './probe.ts';
import { buildProbe, probeImage, tryFrom } from './probe.ts';
import type { Preview, Scene } from './scene.ts';
import { eventually, startScene } from './scene.ts';

const number = 5150;
const neighbourNumber = 5151;
/** A namespace of somebody else, without any policy: what its pods reach can be reached. */
const foreign = `isolation-${randomUUID().slice(0, 8)}`;
const { hostIp, nodeIp, apiServiceIp, ports } = stackAddresses();

interface Place {
  readonly namespace: string;
  readonly pod: string;
}

/** Something to be reached, known only once all is up. */
interface Target {
  readonly what: string;
  readonly at: () => string;
  /** Who reaches it, where the preview does not; default: a pod of the foreign namespace. */
  readonly by?: Place;
}

/** Addresses of Deployments' pods and Services, by `<namespace>/<name>`. */
const pods = new Map<string, string>();
const services = new Map<string, string>();
const own = `preview-${number}`;
const neighbour = `preview-${neighbourNumber}`;
const podOf = (name: string): string => pods.get(name) ?? `no-pod-${name}`;
const serviceOf = (name: string): string => services.get(name) ?? `no-service-${name}`;

let scene: Scene;
let beside: Preview;
let outside: Outside;
/** What is to be undone. */
const made: (() => Promise<unknown>)[] = [];

const reachable: readonly Target[] = [
  { what: 'its other service by its name', at: () => 'http://back/' },
  { what: 'its other service by its full name', at: () => `http://back.${own}.svc.cluster.local/` },
  { what: "its other service's address", at: () => `http://${serviceOf(`${own}/back`)}/` },
  { what: "its other service's pod", at: () => `http://${podOf(`${own}/back`)}:8080/` },
  { what: 'its other service by UDP', at: () => `udp://${serviceOf(`${own}/back`)}:80` },
  { what: 'its database', at: () => 'env://DATABASE_URL' },
  { what: "the cluster's names", at: () => 'dns://kubernetes.default.svc.cluster.local' },
  { what: 'the internet by HTTPS', at: () => `http://${outside.addresses.internet}:443/` },
];

/** The neighbour's other pod, which alone may speak to its first. */
const sibling: Place = { namespace: neighbour, pod: 'deploy/back' };

const unreachable: readonly Target[] = [
  ...[
    { what: "a neighbour's service", at: () => `http://${serviceOf(`${neighbour}/front`)}/` },
    { what: "a neighbour's pod", at: () => `http://${podOf(`${neighbour}/front`)}:8080/` },
    { what: "a neighbour's pod by UDP", at: () => `udp://${podOf(`${neighbour}/front`)}:8080` },
    { what: "a neighbour's service by its name", at: () => `http://front.${neighbour}.svc.cluster.local/` },
  ].map((target) => ({ ...target, by: sibling })),
  { what: 'a service of a foreign namespace', at: () => `http://${serviceOf(`${foreign}/stranger`)}/` },
  {
    what: "Temporal's port, as a service elsewhere in the cluster has it",
    at: () => `http://${serviceOf(`${foreign}/stranger`)}:7233/`,
  },
  { what: 'a pod of a foreign namespace', at: () => `http://${podOf(`${foreign}/stranger`)}:8080/` },
  { what: 'a pod of a foreign namespace by UDP', at: () => `udp://${podOf(`${foreign}/stranger`)}:8080` },
  { what: 'the API server by its name', at: () => 'https://kubernetes.default.svc.cluster.local/version' },
  { what: "the API server's service", at: () => `https://${apiServiceIp}/version` },
  { what: 'the API server where it listens', at: () => `https://${hostIp}:${ports.api}/version` },
  { what: "the node's kubelet", at: () => `https://${nodeIp}:10250/healthz` },
  { what: 'the registry', at: () => `http://${hostIp}:${ports.registry}/v2/` },
  { what: 'another port of those who answer DNS', at: () => `http://${hostIp}:${ports.dnsReady}/ready` },
  { what: 'a metadata service', at: () => `http://${outside.addresses.metadata}/` },
  { what: 'a metadata service by port 443', at: () => `http://${outside.addresses.metadata}:443/` },
  { what: 'the internet without TLS', at: () => `http://${outside.addresses.internet}/` },
  { what: 'the internet by UDP', at: () => `udp://${outside.addresses.internet}:443` },
  ...['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '100.64.0.0/10'].map((range, index) => ({
    what: `port 443 of ${range}`,
    at: () => `http://${outside.addresses.privates[index]}:443/`,
  })),
  { what: 'what the platform calls internal', at: () => `http://${outside.addresses.company}:443/` },
];

const token = 'file:///var/run/secrets/kubernetes.io/serviceaccount/token';
const front: Place = { namespace: own, pod: 'deploy/front' };
const caller: Place = { namespace: foreign, pod: 'deploy/caller' };

/** What each place reaches of all there is; asked once, for a silence takes its time. */
const seen = new Map<Place, Readonly<Record<string, Outcome>>>();

beforeAll(async () => {
  const program = await buildProbe();
  outside = await startOutside(program, [80, 443]);
  made.push(() => outside.end());
  const peers = [{ ipBlock: { cidr: `${hostIp}/32` } }];
  const network = { ingress: peers, dns: peers, database: peers, internal: ['198.51.100.0/24'] };
  scene = await startScene({ number, platform: { network }, files: probeApp });
  made.push(() => scene.end());
  beside = scene.beside(neighbourNumber);
  await makeForeign();
  await Promise.all(
    [scene, beside].map(async (preview) => {
      await preview.push(await scene.app.open(preview.number, { services: [] }));
      await preview.reach('ready');
    }),
  );
  await kubectl('rollout', 'status', 'deploy', '-n', foreign, '--timeout=60s');
  await Promise.all([own, neighbour, foreign].map(remember));
}, 240_000);

afterAll(async () => {
  await Promise.all(made.map((undo) => undo()));
}, 240_000);

describe('a pod of a preview', { timeout: 60_000 }, () => {
  it.each(reachable)('reaches $what', async ({ at }) => {
    expect(await outcome(front, at())).toBe('answered');
  });

  it.each(unreachable)('does not reach $what', async ({ at, by = caller }) => {
    expect({ preview: await outcome(front, at()), other: await outcome(by, at()) }).toEqual({
      preview: 'silence',
      other: 'answered',
    });
  });

  it('is reached by its own pods and by the ingress controller', async () => {
    expect(await tryFrom({ namespace: own, pod: 'deploy/back' }, intoOwn())).toEqual(all('answered'));
    const host = `pr-${number}.preview.localhost`;
    const answer = await ask(`https://127.0.0.1:${inject('stack').ingress?.httpsPort}/`, {
      headers: { host },
      servername: host,
      caFile: inject('stack').ingress?.caFile ?? '',
    });
    expect(answer).toMatchObject({ status: 200, body: expect.stringContaining('probe asked by') as unknown });
  });

  it.each([
    ['a neighbour', { namespace: neighbour, pod: 'deploy/front' }],
    ['a foreign namespace', caller],
  ])('is not reached by pods of %s', async (_, place) => {
    expect(await tryFrom(place, intoOwn())).toEqual(all('silence'));
  });

  it('holds no token of its service account, though its chart did not forbid it', async () => {
    expect(await tryFrom(front, [token])).toEqual({ [token]: 'absent' });
    expect(await tryFrom(caller, [token])).toEqual({ [token]: 'answered' });
    const account = await kubectl('get', 'serviceaccount', 'front', '-n', own, '-o', 'json');
    expect(JSON.parse(account)).toMatchObject({ automountServiceAccountToken: false });
  });

  it.each(['front', 'default'])('would have no right by a token of the account %s', async (account) => {
    const as = `--as=system:serviceaccount:${own}:${account}`;
    const rights = await kubectl('auth', 'can-i', '--list', '--no-headers', '-n', own, as);
    expect(rights).toContain('selfsubjectaccessreviews.authorization.k8s.io');
    const resources = rights.split('\n').filter((line) => !/^ +\[/.test(line));
    expect(resources.filter((line) => !/^self\w+reviews\.auth/.test(line))).toEqual([]);
  });
});

describe('the namespace of a preview', () => {
  it('enforces Pod Security baseline and warns of what is not restricted', async () => {
    const { metadata } = JSON.parse(await kubectl('get', 'namespace', own, '-o', 'json')) as {
      metadata: { labels: Record<string, string> };
    };
    expect(metadata.labels).toMatchObject({
      'pod-security.kubernetes.io/enforce': 'baseline',
      'pod-security.kubernetes.io/warn': 'restricted',
    });
  });
});

async function outcome(place: Place, target: string): Promise<Outcome | undefined> {
  const known = seen.get(place) ?? (await tryFrom(place, targetsFor(place)));
  seen.set(place, known);
  return known[target];
}

function targetsFor(place: Place): string[] {
  const wanted = place === front ? [...reachable, ...unreachable] : unreachable;
  return wanted.filter(({ by = caller }) => place === front || by === place).map(({ at }) => at());
}

const intoOwn = (): string[] => [
  `http://${podOf(`${own}/front`)}:8080/`,
  `http://${serviceOf(`${own}/front`)}/`,
  `udp://${podOf(`${own}/front`)}:8080`,
];

function all(wanted: Outcome): Record<string, Outcome> {
  return Object.fromEntries(intoOwn().map((target) => [target, wanted]));
}

/** Two pods of somebody else: one that is called, and one that calls. */
async function makeForeign(): Promise<void> {
  await apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: foreign } });
  made.push(() => kubectl('delete', 'namespace', foreign, '--wait=false'));
  await eventually(
    () => kubectl('get', 'serviceaccount', 'default', '-n', foreign),
    'the account of the foreign namespace',
  );
  const image = `${probeImage.repository}:${probeImage.tag}`;
  for (const name of ['stranger', 'caller']) {
    const labels = { app: name };
    const containers = [{ name: 'probe', image, imagePullPolicy: 'Always', args: ['serve', '8080'] }];
    const spec = { containers, terminationGracePeriodSeconds: 1 };
    await apply({
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name, namespace: foreign },
      spec: { selector: { matchLabels: labels }, template: { metadata: { labels }, spec } },
    });
  }
  await apply({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'stranger', namespace: foreign },
    spec: {
      selector: { app: 'stranger' },
      ports: [80, 7233].map((port) => ({ name: `p${port}`, port, targetPort: 8080 })),
    },
  });
}

async function remember(namespace: string): Promise<void> {
  const list = JSON.parse(await kubectl('get', 'pods,services', '-n', namespace, '-o', 'json')) as {
    items: {
      kind: string;
      metadata: { name: string; labels?: Record<string, string> };
      spec: { clusterIP?: string };
      status: { podIP?: string };
    }[];
  };
  for (const { kind, metadata, spec, status } of list.items) {
    if (kind === 'Pod') pods.set(`${namespace}/${metadata.labels?.['app']}`, status.podIP ?? '');
    else services.set(`${namespace}/${metadata.name}`, spec.clusterIP ?? '');
  }
}
