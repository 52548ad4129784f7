import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Addresses } from '../addresses.ts';
import {
  createAuthority,
  createServiceAccountKeys,
  issueCertificate,
  newToken,
  writeKubeconfig,
} from './pki.ts';
import type { Certificate } from './pki.ts';

const DAYS = 365;

/** Who logs in to the API server by a static token: user name and group. */
const LOGINS = {
  admin: { user: 'admin', group: 'system:masters' },
  'controller-manager': { user: 'system:kube-controller-manager' },
  scheduler: { user: 'system:kube-scheduler' },
  kubelet: { user: 'system:node:node1', group: 'system:nodes' },
  'kube-proxy': { user: 'system:kube-proxy' },
  coredns: { user: 'coredns' },
  traefik: { user: 'traefik' },
  npd: { user: 'npd' },
  kwok: { user: 'kwok' },
} as const satisfies Record<string, { user: string; group?: string }>;

export type Login = keyof typeof LOGINS;

/** Files that say who is who in the cluster. */
export interface Identities {
  caFile: string;
  server: Certificate;
  kubeletClient: Certificate;
  serviceAccounts: { privateFile: string; publicFile: string };
  tokensFile: string;
}

/** Certificates, service account keys, static tokens, and one kubeconfig for each login, all new. */
export async function createIdentities(folder: string, addresses: Addresses): Promise<Identities> {
  const authority = await createAuthority(folder, { name: 'pr-preview local cluster', days: DAYS });
  const [server, kubeletClient, serviceAccounts, tokensFile] = await Promise.all([
    issueCertificate(authority, {
      folder,
      name: 'apiserver',
      subject: '/CN=kube-apiserver',
      alternativeNames: serverNames(addresses),
      usage: 'serverAuth',
      days: DAYS,
    }),
    issueCertificate(authority, {
      folder,
      name: 'kubelet-client',
      subject: '/O=system:masters/CN=kube-apiserver-kubelet-client',
      usage: 'clientAuth',
      days: DAYS,
    }),
    createServiceAccountKeys(folder),
    writeLogins(folder, { caFile: authority.certFile, server: apiUrl(addresses) }),
  ]);
  return { caFile: authority.certFile, server, kubeletClient, serviceAccounts, tokensFile };
}

/** Where a login's kubeconfig lies. */
export function kubeconfigOf(folder: string, login: Login): string {
  return join(folder, `${login}.kubeconfig`);
}

/** The API server's address. */
export function apiUrl(addresses: Addresses): string {
  return `https://${addresses.hostIp}:${addresses.ports.api}`;
}

async function writeLogins(folder: string, cluster: { caFile: string; server: string }): Promise<string> {
  const lines: string[] = [];
  for (const [login, { user, ...rest }] of Object.entries(LOGINS)) {
    const token = newToken();
    lines.push(`${token},${user},${user}${'group' in rest ? `,"${rest.group}"` : ''}`);
    await writeKubeconfig(kubeconfigOf(folder, login as Login), { ...cluster, token, user });
  }
  const file = join(folder, 'tokens.csv');
  await writeFile(file, `${lines.join('\n')}\n`, { mode: 0o600 });
  return file;
}

function serverNames(addresses: Addresses): string[] {
  const service = [
    'kubernetes',
    'kubernetes.default',
    'kubernetes.default.svc',
    'kubernetes.default.svc.cluster.local',
  ];
  const ips = [addresses.hostIp, '127.0.0.1', addresses.apiServiceIp];
  return [...ips.map((ip) => `IP:${ip}`), 'DNS:localhost', ...service.map((name) => `DNS:${name}`)];
}
