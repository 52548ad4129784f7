import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { KubernetesApi } from '../../../activities/kubernetes/api.ts';
import { deployerRole, lookForClusterRole, workerRole } from '../../../activities/kubernetes/bound-roles.ts';
import { checkCluster } from '../../../activities/kubernetes/check.ts';
import { createKubernetesClients } from '../../../activities/kubernetes/clients.ts';
import { loadClusterAccess } from '../../../activities/kubernetes/cluster-access.ts';
import {
  mayCreateNamespace,
  probeNamespaces,
  readOwnUser,
  serviceAccountOf,
} from '../../../activities/kubernetes/own-rights.ts';
import { readMissingRights, readUndueRights } from '../../../activities/kubernetes/right-reviews.ts';
import { readServerVersion } from '../../../activities/kubernetes/server-version.ts';
import type { PlatformConfig } from '../../../domain/config.ts';
import type { Finding } from '../../../domain/diagnosis.ts';
import { bad, good, unknown, warning } from '../../../domain/diagnosis.ts';
import { isVersionFrom } from '../../../domain/version.ts';
import { sampleRef } from './samples.ts';
import { withPlatform } from './patient.ts';
import { isWorkersPlace, runThere } from './place.ts';

const least = [1, 34] as const;
const install =
  'Install charts/pr-preview with this platform config in its values, and use a token of its account';

/** The cluster, asked as the worker's account; of other accounts that happen to be at hand nothing is to be learnt. */
export const examineCluster = withPlatform(async ({ platform, env }, signal) => {
  const cacheFolder = await mkdtemp(join(tmpdir(), 'pr-preview-doctor-'));
  try {
    const { config } = await loadClusterAccess({ kubeconfig: env['KUBECONFIG'] || null, cacheFolder }, env);
    const api = createKubernetesClients(config).worker;
    const server = config.getCurrentCluster()?.server ?? 'the cluster';
    const found = [await version(api, server, signal)];
    const user = await readOwnUser(api, signal);
    if (serviceAccountOf(user) === null && !isWorkersPlace(env))
      return [
        ...found,
        unknown(`knows us as "${user}", not as the worker: its rights are not seen`, runThere),
      ];
    return [
      ...found,
      account(user),
      ...(await fence(api, platform, signal)),
      ...(await reviews(api, signal)),
      ...(await roles(api, signal)),
      ...(await preparations(api, platform, signal)),
    ];
  } finally {
    await rm(cacheFolder, { recursive: true, force: true });
  }
});

async function version(api: KubernetesApi, server: string, signal: AbortSignal): Promise<Finding> {
  const found = await readServerVersion(api, signal);
  const text = `${server} is Kubernetes ${found}`;
  if (isVersionFrom(found, least) === true) return good(text);
  return bad(text, `Kubernetes ${least.join('.')} or newer is needed`);
}

function account(user: string): Finding {
  if (serviceAccountOf(user) !== null) return good(`knows us as ${user}`);
  return bad(`knows us as "${user}", which is no service account`, install);
}

/** The worker does not start without the first two, and could do nothing without the third. */
async function fence(api: KubernetesApi, platform: PlatformConfig, signal: AbortSignal): Promise<Finding[]> {
  const { outside, inside } = probeNamespaces(platform);
  const [denied, unsecured, allowed] = [
    await mayCreateNamespace(api, { name: outside, secured: true }, signal),
    await mayCreateNamespace(api, { name: inside, secured: false }, signal),
    await mayCreateNamespace(api, { name: inside, secured: true }, signal),
  ];
  return [
    denied.allowed
      ? bad(`may create the namespace ${outside}, which is no preview's`, install)
      : good('may create no namespace outside of the pattern'),
    podSecurity({ unsecured: unsecured.allowed, secured: allowed.allowed }),
    allowed.allowed
      ? good(`may create ${inside}`)
      : bad(`may not create ${inside}: ${allowed.reason}`, install),
  ];
}

/** Who may make no preview at all was not denied because of Pod Security. */
function podSecurity(may: { readonly unsecured: boolean; readonly secured: boolean }): Finding {
  if (may.unsecured)
    return bad(
      'may make previews without Pod Security, whose pods could take the node',
      'Upgrade charts/pr-preview to the version of the worker',
    );
  if (may.secured) return good('may make no preview without Pod Security');
  return unknown('whether it may make previews without Pod Security shows only once it may make any');
}

async function reviews(api: KubernetesApi, signal: AbortSignal): Promise<Finding[]> {
  const missing = await readMissingRights(api, signal);
  const undue = await readUndueRights(api, signal);
  return [
    missing.length === 0
      ? good('has the rights that the worker needs')
      : bad(`may not ${missing.join(', ')}`, install),
    undue.length === 0
      ? good('has none of the rights that it must not have')
      : bad(
          `may ${undue.join(', ')}`,
          'Take these rights from the account: whoever takes the worker over has them too',
        ),
  ];
}

/** The right to bind a role says nothing of whether it is there. */
async function roles(api: KubernetesApi, signal: AbortSignal): Promise<Finding[]> {
  return await Promise.all(
    [workerRole, deployerRole].map(async (name) => {
      switch (await lookForClusterRole(api, name, signal)) {
        case 'there':
          return good(`ClusterRole ${name} is there`);
        case 'absent':
          return bad(`there is no ClusterRole ${name}, which previews' rights come from`, install);
        case 'hidden':
          return unknown(
            `whether ClusterRole ${name} is there may not be asked by this account`,
            `An administrator sees it: kubectl get clusterrole ${name}`,
          );
      }
    }),
  );
}

/** What a check of any commit would find, whatever the application. */
async function preparations(
  api: KubernetesApi,
  platform: PlatformConfig,
  signal: AbortSignal,
): Promise<Finding[]> {
  const { tls, registries, sourceSecrets } = platform;
  const named = [
    ...(tls.mode === 'secret' ? [tls] : []),
    ...registries.flatMap(({ pullSecret }) => (pullSecret === null ? [] : [pullSecret])),
    ...sourceSecrets,
  ];
  const { namespace, owner } = sampleRef(platform);
  const copy = ({ namespace, name }: { readonly namespace: string; readonly name: string }) => ({
    name,
    from: { namespace, name },
  });
  const { problems, warnings } = await checkCluster(
    api,
    {
      names: { namespace, hosts: {} },
      owner,
      tlsSecret: tls.mode === 'secret' ? copy(tls) : null,
      pullSecrets: registries.flatMap(({ pullSecret }) => (pullSecret === null ? [] : [copy(pullSecret)])),
      copies: sourceSecrets.map(copy),
      outsider: false,
    },
    signal,
  );
  return [
    ...problems.map(({ where, message }) => bad(`${where ?? 'the cluster'} is not as it must be`, message)),
    ...(problems.length === 0 && named.length > 0
      ? [good(`the ${named.length} secrets to copy are there`)]
      : []),
    ...warnings.map((text) => warning('Deployments without a readiness probe get none', text)),
    unknown(
      'whether the network enforces NetworkPolicies cannot be asked: docs/security.md says how to try it',
    ),
  ];
}
