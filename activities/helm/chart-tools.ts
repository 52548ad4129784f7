import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { RegistryConfig } from '../../domain/config.ts';
import type { FailureType } from '../../domain/failures.ts';
import { failure } from '../failure.ts';
import type { Homes, PrivateHome } from './private-home.ts';
import type { HelmResult } from './run-helm.ts';

/** What charts are fetched with. */
export interface ChartTools {
  readonly executable: string;
  readonly homes: Homes;
  readonly registries: readonly RegistryConfig[];
  readonly credentials: RegistryCredentials;
}

export interface RegistryLogin {
  readonly username: string;
  readonly password: string;
}

/** Login for a registry's host, from the worker's environment; null is anonymous. */
export type RegistryCredentials = (host: string) => RegistryLogin | null;

/** `oci://` address to speak to: a registry with a `url` of its own is spoken to there. */
export function ociAddress({ registries }: Pick<ChartTools, 'registries'>, url: string): string {
  const [host = '', ...path] = url.slice('oci://'.length).split('/');
  const mirror = registries.find((registry) => registry.host === host)?.url;
  if (!mirror) return url;
  return ['oci:/', new URL(mirror).host, ...path].join('/');
}

/** Whether the registry of an `oci://` address speaks plain HTTP: its `url` says so. */
export function plainHttp({ registries }: Pick<ChartTools, 'registries'>, url: string): boolean {
  const host = url.slice('oci://'.length).split('/', 1)[0];
  return registries.some(
    (registry) =>
      registry.url?.startsWith('http://') && (registry.host === host || new URL(registry.url).host === host),
  );
}

/** Logs Helm in at the registries by a file in its home: never by its arguments. */
export async function writeRegistryLogin(
  { registries, credentials }: ChartTools,
  home: PrivateHome,
): Promise<void> {
  const auths: Record<string, { auth: string }> = {};
  for (const { host, url } of registries) {
    const login = credentials(host);
    if (!login) continue;
    const auth = Buffer.from(`${login.username}:${login.password}`).toString('base64');
    auths[url === null ? host : new URL(url).host] = { auth };
  }
  if (Object.keys(auths).length === 0) return;
  const folder = join(home.folder, 'config', 'registry');
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await writeFile(join(folder, 'config.json'), JSON.stringify({ auths }), { mode: 0o600 });
}

const unwell =
  /connection refused|connection reset|no route to host|i\/o timeout|timeout|no such host|unexpected EOF|: EOF|\b(?:429|500|502|503|504)\b|too ?many ?requests|temporarily|network is unreachable|server misbehaving/i;
const denied = /\b(?:401|403)\b|unauthorized|denied|forbidden/i;
const absent = /not found|\b404\b|no chart (?:version|name) found|improper constraint/i;

/** Reads why a fetch failed. */
export function pullFailure(what: string, result: HelmResult): Error {
  const words = (/Error: (.*)$/s.exec(result.stderr)?.[1] ?? result.stderr).trim().slice(0, 1000);
  const type = typeOf(words, result);
  return failure(type, `${what} could not be fetched: ${words || 'Helm was killed.'}`);
}

function typeOf(words: string, { killedBy }: HelmResult): FailureType {
  if (killedBy !== null) return 'HelmInterrupted';
  if (unwell.test(words)) return 'RegistryUnavailable';
  if (denied.test(words)) return 'RegistryDenied';
  return absent.test(words) ? 'ChartNotFound' : 'ChartInvalid';
}
