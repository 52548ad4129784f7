import { readFile } from 'node:fs/promises';
import type { RegistryCredentials } from '../helm/chart-tools.ts';

interface DockerConfig {
  readonly auths?: Readonly<Record<string, { auth?: string; username?: string; password?: string }>>;
}

/**
 * Logins of a Docker `config.json`, by registry host. Credential helpers are not asked.
 *
 * @param file null: anonymous everywhere.
 * @throws one line when the file cannot be read; its content is not repeated.
 */
export async function loadRegistryLogins(file: string | null): Promise<RegistryCredentials> {
  if (file === null) return () => null;
  const logins = new Map<string, { username: string; password: string }>();
  for (const [address, entry] of Object.entries((await read(file)).auths ?? {})) {
    const login = entry.auth ? decode(entry.auth) : entry;
    const { username, password } = login;
    if (username && password) logins.set(hostOf(address), { username, password });
  }
  return (host) => logins.get(host) ?? null;
}

async function read(file: string): Promise<DockerConfig> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as DockerConfig;
  } catch {
    // The cause could quote a password.
    throw new Error(`REGISTRY_AUTH_FILE ${file} cannot be read as a Docker config.json`);
  }
}

function decode(auth: string): { username: string; password: string } {
  const [username = '', ...rest] = Buffer.from(auth, 'base64').toString('utf8').split(':');
  return { username, password: rest.join(':') };
}

/** Docker Hub's entry is a URL of old; the others are hosts, now and then with a scheme. */
function hostOf(address: string): string {
  const host = address.replace(/^https?:\/\//, '').split('/', 1)[0] ?? '';
  return host === 'index.docker.io' ? 'docker.io' : host;
}
