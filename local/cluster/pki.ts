import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';

export interface Certificate {
  certFile: string;
  keyFile: string;
}

/** An authority of our own: key and self-signed certificate, as files in `folder`. */
export async function createAuthority(folder: string, options: { name: string; days: number }): Promise<Certificate> {
  const files = certificateFiles(folder, 'ca');
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await openssl([
    ...newKey(files),
    ...['-x509', '-subj', `/CN=${options.name}`, '-days', `${options.days}`],
    ...['-addext', 'basicConstraints=critical,CA:TRUE', '-addext', 'keyUsage=critical,keyCertSign,cRLSign'],
  ]);
  return files;
}

/** A certificate signed by an authority, as files in the authority's folder. */
export async function issueCertificate(
  authority: Certificate,
  options: { folder: string; name: string; subject: string; alternativeNames?: string[]; usage: 'serverAuth' | 'clientAuth'; days: number },
): Promise<Certificate> {
  const { folder, name, subject, alternativeNames = [], usage, days } = options;
  const files = certificateFiles(folder, name);
  const names = alternativeNames.length > 0 ? ['-addext', `subjectAltName=${alternativeNames.join(',')}`] : [];
  await openssl([
    ...newKey(files),
    ...['-x509', '-CA', authority.certFile, '-CAkey', authority.keyFile, '-subj', subject, '-days', `${days}`],
    ...['-addext', 'basicConstraints=critical,CA:FALSE', '-addext', `extendedKeyUsage=${usage}`, ...names],
  ]);
  return files;
}

/** The key pair that service account tokens are signed with. */
export async function createServiceAccountKeys(folder: string): Promise<{ privateFile: string; publicFile: string }> {
  const { privateKey, publicKey } = generateKeyPairSync('ec', {
    namedCurve: 'P-256',
    privateKeyEncoding: { type: 'sec1', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  });
  const privateFile = join(folder, 'sa.key');
  const publicFile = join(folder, 'sa.pub');
  await writeFile(privateFile, privateKey, { mode: 0o600 });
  await writeFile(publicFile, publicKey, { mode: 0o600 });
  return { privateFile, publicFile };
}

/** A kubeconfig that holds all it needs; written with mode 0600, for it holds a token. */
export async function writeKubeconfig(
  file: string,
  options: { server: string; caFile: string; token: string; user: string },
): Promise<string> {
  const authority = (await readFile(options.caFile)).toString('base64');
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'local', cluster: { server: options.server, 'certificate-authority-data': authority } }],
    users: [{ name: options.user, user: { token: options.token } }],
    contexts: [{ name: 'local', context: { cluster: 'local', user: options.user } }],
    'current-context': 'local',
  };
  await rm(file, { force: true });
  await writeFile(file, `${JSON.stringify(config, undefined, 2)}\n`, { mode: 0o600 });
  return file;
}

/** A random bearer token. */
export function newToken(): string {
  return randomBytes(24).toString('hex');
}

function certificateFiles(folder: string, name: string): Certificate {
  return { certFile: join(folder, `${name}.crt`), keyFile: join(folder, `${name}.key`) };
}

function newKey(files: Certificate): string[] {
  return ['req', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', files.keyFile, '-out', files.certFile];
}

async function openssl(args: string[]): Promise<void> {
  await execa('openssl', args);
}
