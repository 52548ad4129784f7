import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildProbe, probeImage } from './probe.ts';
import { twoFacedApp } from './probe-app.ts';
import type { Preview, Scene } from './scene.ts';
import { eventually, startScene } from './scene.ts';

interface Hidden {
  readonly what: string;
  readonly number: number;
  readonly objects: readonly object[];
  /** What the person reads: of the cluster's own words, the part that says it. */
  readonly says: string;
}

const named = (apiVersion: string, kind: string, rest: object): object => ({
  apiVersion,
  kind,
  metadata: { name: 'hidden' },
  ...rest,
});

/** A Deployment of one pod that asks for more than it may have. */
function pod(spec: object, container: object = {}): object {
  const labels = { app: 'hidden' };
  const image = `${probeImage.repository}:${probeImage.tag}`;
  const containers = [{ name: 'main', image, args: ['serve', '8080'], ...container }];
  return named('apps/v1', 'Deployment', {
    spec: {
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers, ...spec } },
    },
  });
}

const rows: readonly Hidden[] = [
  {
    what: 'a privileged pod',
    number: 5160,
    objects: [pod({}, { securityContext: { privileged: true } })],
    says: 'violates PodSecurity "baseline:latest": privileged',
  },
  {
    what: "a pod in the node's network",
    number: 5161,
    objects: [pod({ hostNetwork: true })],
    says: 'violates PodSecurity "baseline:latest": host namespaces (hostNetwork=true)',
  },
  {
    what: "a pod that sees the node's processes",
    number: 5162,
    objects: [pod({ hostPID: true })],
    says: 'violates PodSecurity "baseline:latest": host namespaces (hostPID=true)',
  },
  {
    what: "a pod that sees the node's files",
    number: 5163,
    objects: [pod({ volumes: [{ name: 'root', hostPath: { path: '/' } }] })],
    says: 'may not mount this kind of volume: root',
  },
  {
    what: 'a pod with one capability more',
    number: 5164,
    objects: [pod({}, { securityContext: { capabilities: { add: ['NET_ADMIN'] } } })],
    says: 'violates PodSecurity "baseline:latest": non-default capabilities',
  },
  {
    what: "a pod that runs as the deployer, and the deployer's account",
    number: 5165,
    objects: [
      { ...named('v1', 'ServiceAccount', {}), metadata: { name: 'preview-deployer' } },
      pod({ serviceAccountName: 'preview-deployer' }),
    ],
    says: 'serviceAccountName preview-deployer is the account that deploys the preview; no pod may use it',
  },
  {
    what: 'a pod that asks for a token',
    number: 5166,
    objects: [
      pod({
        volumes: [{ name: 'token', projected: { sources: [{ serviceAccountToken: { path: 'token' } }] } }],
      }),
    ],
    says: "a preview's pods get no service account token",
  },
  {
    what: 'a Secret for a token',
    number: 5167,
    objects: [
      {
        ...named('v1', 'Secret', { type: 'kubernetes.io/service-account-token' }),
        metadata: { name: 'hidden', annotations: { 'kubernetes.io/service-account.name': 'default' } },
      },
    ],
    says: 'a preview must not ask for a service account token by a Secret',
  },
  {
    what: 'a file server of the network',
    number: 5168,
    objects: [pod({ volumes: [{ name: 'files', nfs: { server: '10.0.0.1', path: '/' } }] })],
    says: 'may not mount this kind of volume: files',
  },
];

/** The check renders charts without the cluster, where `lookup` finds nothing: what is hidden meets admission alone. */
describe('a chart that renders on the cluster what it does not in the check', { timeout: 180_000 }, () => {
  let scene: Scene;
  const previews = new Map<number, Preview>();

  beforeAll(async () => {
    await buildProbe();
    scene = await startScene({
      number: rows[0]?.number ?? 0,
      platform: { access: { configFrom: 'head' } },
      files: twoFacedApp([]),
    });
    for (const { number } of rows)
      previews.set(number, number === scene.number ? scene : scene.beside(number));
    await Promise.all(
      rows.map(async ({ number, objects }) => {
        const commit = await scene.app.open(number, { services: [], files: twoFacedApp(objects) });
        await previews.get(number)?.push(commit);
      }),
    );
  }, 180_000);

  afterAll(async () => {
    await scene.end();
  }, 240_000);

  it.each(rows)('is refused $what, and the person is told why', async ({ number, says }) => {
    const preview = previews.get(number);
    const { failure } = (await preview?.reach('failed')) ?? {};
    expect(JSON.stringify(failure)).toContain(JSON.stringify(says).slice(1, -1));
    await eventually(async () => {
      expect(await preview?.comment()).toContain(says);
    }, 'the comment');
  });
});
