import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';

export interface Certificate {
  certFile: string;
  keyFile: string;
}

/** An authority of our own: key and self-signed certificate, as files in `folder`. */
export async function createAuthority(
  folder: string,
  options: { name: string; days: number },
): Promise<Certificate> {
  const files = certificateFiles(folder, 'ca');
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const extensions = ['basicConstraints=critical,CA:TRUE', 'keyUsage=critical,keyCertSign,cRLSign'];
  await request(files, { subject: `/CN=${options.name}`, days: options.days, extensions });
  return files;
}

/** A certificate signed by an authority, as files in the authority's folder. */
export async function issueCertificate(
  authority: Certificate,
  options: {
    folder: string;
    name: string;
    subject: string;
    alternativeNames?: string[];
    usage: 'serverAuth' | 'clientAuth';
    days: number;
  },
): Promise<Certificate> {
  const { folder, name, subject, alternativeNames = [], usage, days } = options;
  const files = certificateFiles(folder, name);
  const names = alternativeNames.length > 0 ? [`subjectAltName=${alternativeNames.join(',')}`] : [];
  const extensions = ['basicConstraints=critical,CA:FALSE', `extendedKeyUsage=${usage}`, ...names];
  await request(files, { subject, days, extensions, authority });
  return files;
}

/** The key pair that service account tokens are signed with. */
export async function createServiceAccountKeys(
  folder: string,
): Promise<{ privateFile: string; publicFile: string }> {
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
  options: { server: string; caFile?: string | undefined; token: string; user: string },
): Promise<string> {
  const authority = options.caFile && (await readFile(options.caFile)).toString('base64');
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [
      {
        name: 'local',
        cluster: { server: options.server, ...(authority && { 'certificate-authority-data': authority }) },
      },
    ],
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

/** A new key and a certificate for it, signed by the authority or else by itself. */
async function request(
  files: Certificate,
  options: { subject: string; days: number; extensions: string[]; authority?: Certificate },
): Promise<void> {
  const { subject, days, extensions, authority } = options;
  const key = [
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:prime256v1',
    '-nodes',
    '-keyout',
    files.keyFile,
  ];
  const signer = authority ? ['-CA', authority.certFile, '-CAkey', authority.keyFile] : [];
  const added = extensions.flatMap((extension) => ['-addext', extension]);
  const output = ['-out', files.certFile, '-subj', subject, '-days', `${days}`];
  await execa('openssl', ['req', '-x509', ...key, ...signer, ...added, ...output]);
}
