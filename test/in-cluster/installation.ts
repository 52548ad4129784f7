import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { parse } from 'yaml';
import { stackAddresses } from '../../local/addresses.ts';
import { kubectlFor } from '../../local/cluster/kubectl.ts';
import type { Kubectl } from '../../local/cluster/kubectl.ts';
import { checkout } from '../../local/folders.ts';
import type { PushedImage } from '../../local/images/index.ts';
import { buildProductImage } from '../../local/images/index.ts';
import { plainProgress } from '../../local/progress.ts';
import type { Stack } from '../../local/stack.ts';
import { ensureStack, stopStack } from '../../local/stack.ts';
import type { Proxy } from '../e2e/proxy.ts';
import { startProxyTo } from '../e2e/proxy.ts';

/** Nobody else's: the chart is installed for the whole cluster. */
const instance = 4;
const namespace = 'pr-preview';
const chart = join(checkout, 'charts/pr-preview');

/** A stack of its own with our chart in its cluster; all that runs there of ours runs as pods. */
export interface Installation {
  readonly stack: Stack;
  readonly image: PushedImage;
  readonly kubectl: Kubectl;
  readonly namespace: string;
  /** `helm install`, or `upgrade` where it is installed, with these values over the usual ones; waits until it is ready. */
  readonly install: (values?: object, ...flags: readonly string[]) => Promise<string>;
  /** The same as a release of another name. */
  readonly installAs: (release: string, values: object) => Promise<string>;
  readonly uninstall: (release?: string) => Promise<void>;
  /** Names of pods, those that are ending left out. */
  readonly pods: (part: 'worker' | 'gateway') => Promise<string[]>;
  /** Runs Node in a container. */
  readonly node: (pod: string, ...words: readonly string[]) => Promise<string>;
  readonly end: () => Promise<void>;
}

/** Starts the stack and builds the image; the cluster has nothing of ours yet, its namespace and secrets excepted. */
export async function startInstallation(repository: string): Promise<Installation> {
  const progress = plainProgress('in-cluster');
  const stack = await ensureStack({
    instance,
    progress,
    parts: ['temporal', 'postgres', 'registry', 'cluster', 'ingress', 'github'],
  });
  const { cluster, registry, tools, temporal, github, ingress, postgres } = stack;
  if (!cluster || !registry || !temporal || !github || !ingress || !postgres)
    throw new Error('parts are missing');
  const { hostIp } = stackAddresses(instance);
  const image = await buildProductImage({ registry: registry.address, progress });
  const kubectl = kubectlFor(tools.kubectl ?? 'kubectl', cluster.adminKubeconfig);
  // pods reach the host's end of the network only
  const reachable = async (url: string): Promise<Proxy> => await startProxyTo(url, hostIp);
  const toTemporal = await reachable(`http://${temporal.address}`);
  const toGitHub = await reachable(github.url);
  const toIngress = await reachable(`https://127.0.0.1:${ingress.httpsPort}`);
  const helm = async (words: readonly string[], input = '{}\n'): Promise<string> => {
    const env = { KUBECONFIG: cluster.adminKubeconfig };
    const { stdout } = await execa(tools.helm ?? 'helm', [...words, '--namespace', namespace], {
      env,
      input,
    });
    return stdout;
  };
  const usual = {
    image: { repository: image.repository, tag: image.tag, digest: image.digest },
    platform: await platformConfig({ hostIp, stack, repository, probe: `${hostIp}:${toIngress.port}` }),
    environment: {
      TEMPORAL_ADDRESS: `${hostIp}:${toTemporal.port}`,
      GITHUB_API_URL: `http://${hostIp}:${toGitHub.port}`,
      TEMPORAL_UI_URL: temporal.uiUrl,
    },
    worker: {
      environmentSecret: 'worker',
      volumes: [{ name: 'authority', configMap: { name: 'authority' } }],
      volumeMounts: [{ name: 'authority', mountPath: '/etc/authority' }],
    },
    gateway: {
      enabled: true,
      environmentSecret: 'gateway',
      ingress: { enabled: true, className: 'traefik', host: 'gateway.preview.localhost' },
    },
  };
  const installAs = async (release: string, values: object, ...flags: readonly string[]): Promise<string> =>
    await helm(
      ['upgrade', '--install', release, chart, '--wait', '--timeout', '3m', '--values', '-', ...flags],
      `${JSON.stringify(merged(usual, values))}\n`,
    );
  // the stack installs the rights; this is about a cluster that never saw us
  await helm(['uninstall', 'pr-preview', '--wait', '--ignore-not-found']);
  await prepareNamespace(kubectl, {
    worker: { GITHUB_TOKEN: github.token, DATABASE_ADMIN_URL: adminUrl(postgres) },
    gateway: { GITHUB_TOKEN: github.token, GITHUB_WEBHOOK_SECRET: webhookSecret },
    authority: await readFile(ingress.caFile, 'utf8'),
  });
  return {
    stack,
    image,
    kubectl,
    namespace,
    install: async (values = {}, ...flags) => await installAs('pr-preview', values, ...flags),
    installAs,
    uninstall: async (release = 'pr-preview') => void (await helm(['uninstall', release, '--wait'])),
    pods: async (part) => {
      const found = JSON.parse(
        await kubectl([
          'get',
          'pods',
          '-n',
          namespace,
          '-l',
          `app.kubernetes.io/component=${part}`,
          '-o',
          'json',
        ]),
      ) as { items: { metadata: { name: string; deletionTimestamp?: string } }[] };
      return found.items
        .filter(({ metadata }) => !metadata.deletionTimestamp)
        .map(({ metadata }) => metadata.name);
    },
    node: async (pod, ...words) => await kubectl(['exec', '-n', namespace, pod, '--', 'node', ...words]),
    end: async () => {
      for (const way of [toTemporal, toGitHub, toIngress]) await way.close();
      await stopStack({ instance });
    },
  };
}

/** Of the webhooks that tests send to the gateway. */
export const webhookSecret = 'a secret of the tests alone';

function adminUrl({ adminUrl: url, podHost, podPort }: NonNullable<Stack['postgres']>): string {
  const seen = new URL(url);
  seen.hostname = podHost;
  seen.port = String(podPort);
  return seen.href;
}

async function platformConfig({
  hostIp,
  stack,
  repository,
  probe,
}: {
  readonly hostIp: string;
  readonly stack: Stack;
  readonly repository: string;
  readonly probe: string;
}): Promise<object> {
  const example = parse(await readFile(join(checkout, 'examples/videocall/platform.yaml'), 'utf8')) as object;
  const host = [{ ipBlock: { cidr: `${hostIp}/32` } }];
  return {
    ...example,
    publicPort: stack.ingress?.httpsPort,
    repositories: [repository],
    database: {
      host: stack.postgres?.podHost,
      port: stack.postgres?.podPort,
      parameters: { sslmode: 'disable' },
    },
    network: { ingress: host, dns: host, database: host },
    registries: [{ host: 'ghcr.io', url: `http://${stack.registry?.address}` }],
    probe: { connect: probe, ca: '/etc/authority/ca.crt' },
  };
}

/** The namespace as an operator makes it: held to the strictest Pod Security standard, with the secrets of both parts. */
async function prepareNamespace(
  kubectl: Kubectl,
  made: Readonly<Record<'worker' | 'gateway', Record<string, string>>> & { readonly authority: string },
): Promise<void> {
  const labels = { 'pod-security.kubernetes.io/enforce': 'restricted' };
  const items = [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace, labels } },
    ...(['worker', 'gateway'] as const).map((name) => ({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name, namespace },
      stringData: made[name],
    })),
    {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'authority', namespace },
      data: { 'ca.crt': made.authority },
    },
  ];
  await kubectl(['apply', '-f', '-'], JSON.stringify({ apiVersion: 'v1', kind: 'List', items }));
}

/** One level of maps is merged, as far as these tests need it. */
function merged(usual: Record<string, unknown>, values: object): object {
  const entries = Object.entries(values).map(([key, value]) => {
    const under = usual[key];
    return [key, typeof value === 'object' && typeof under === 'object' ? { ...under, ...value } : value];
  });
  return { ...usual, ...Object.fromEntries(entries) };
}
