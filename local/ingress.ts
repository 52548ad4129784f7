import { X509Certificate } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createAuthority, issueCertificate } from './cluster/pki.ts';
import type { Certificate } from './cluster/pki.ts';
import { kubeconfigOf } from './cluster/identities.ts';
import { describeKubeconfig } from './cluster/kubectl.ts';
import { ask } from './http.ts';
import type { PartContext, PartDefinition } from './part.ts';
import { renderTemplate } from './template.ts';

const AUTHORITY_DAYS = 365;
const RENEW_BEFORE_DAYS = 30;

/**
 * Traefik on loopback, for Ingresses of the cluster, over HTTP and HTTPS. It serves a wildcard certificate for
 * the local domain, signed by an authority that stays the same for a year, so that a browser may be told once
 * to trust it.
 */
export const ingress: PartDefinition<'ingress'> = {
  name: 'ingress',
  needs: ['cluster'],
  tools: ['traefik'],
  network: true,
  async start(context) {
    const { addresses, folder } = context;
    const { http: httpPort, https: httpsPort } = addresses.ports;
    const command = await context.tool('traefik');
    const authority = await keptAuthority(join(folder, '..', 'authority'));
    const certificate = await issueCertificate(authority, {
      folder,
      name: 'wildcard',
      subject: `/CN=*.${addresses.domain}`,
      alternativeNames: [`DNS:*.${addresses.domain}`, `DNS:${addresses.domain}`],
      usage: 'serverAuth',
      days: 90,
    });
    const config = await writeConfig(context, certificate);
    context.progress.update('starting Traefik');
    await context.run({
      name: 'traefik',
      command,
      args: [`--configFile=${config}`],
      listens: [`127.0.0.1:${httpPort}`, `127.0.0.1:${httpsPort}`],
    });
    await this.ready(context);
    return { httpPort, httpsPort, caFile: authority.certFile };
  },
  async ready(context) {
    const url = `http://127.0.0.1:${context.addresses.ports.http}/ping`;
    await context.wait(async () => (await ask(url)).status === 200, {
      what: `Traefik's answer at ${url}`,
      timeoutMs: 30_000,
    });
  },
};

/** The login lies in the file, mode 0600, for arguments can be read by everyone. */
async function writeConfig(context: PartContext, certificate: Certificate): Promise<string> {
  const { folder } = context;
  const write = async (name: string, values: Record<string, string | number>) => {
    const text = await renderTemplate(join(import.meta.dirname, 'templates', name), values);
    await writeFile(join(folder, name), text, { mode: 0o600 });
    return join(folder, name);
  };
  const dynamicFile = await write('traefik-tls.yaml', { ...certificate });
  const login = await clusterLogin(context);
  const { http: httpPort, https: httpsPort } = context.addresses.ports;
  return write('traefik.yaml', { ...login, dynamicFile, httpPort, httpsPort });
}

async function clusterLogin(
  context: PartContext,
): Promise<{ server: string; token: string; caFile: string }> {
  const { server, token, certificateAuthority } = await describeKubeconfig(
    kubeconfigOf(join(context.folder, '..', 'cluster'), 'traefik'),
  );
  const caFile = join(context.folder, 'cluster-ca.crt');
  await writeFile(caFile, certificateAuthority);
  return { server, token, caFile };
}

async function keptAuthority(folder: string): Promise<Certificate> {
  const files = { certFile: join(folder, 'ca.crt'), keyFile: join(folder, 'ca.key') };
  if (existsSync(files.certFile) && existsSync(files.keyFile) && lastsLongEnough(files.certFile))
    return files;
  await mkdir(folder, { recursive: true, mode: 0o700 });
  return createAuthority(folder, { name: 'pr-preview local authority', days: AUTHORITY_DAYS });
}

function lastsLongEnough(file: string): boolean {
  const end = new X509Certificate(readFileSync(file)).validToDate.getTime();
  return end - Date.now() > RENEW_BEFORE_DAYS * 24 * 3600 * 1000;
}
