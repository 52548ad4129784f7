import type { RegistryConfig } from '../../domain/config.ts';

/** An image's repository, taken apart. */
export interface ImageName {
  /** As written: `ghcr.io`, `docker.io`, `10.0.0.1:5000`. */
  readonly host: string;
  /** Without host, lower case: `owner/name`. */
  readonly path: string;
  /** Host and path, as any node understands it. */
  readonly repository: string;
}

const component = '[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*';
const pathPattern = new RegExp(`^${component}(?:/${component})*$`);

/**
 * Reads `[host/]path` as Docker does: the first part is a host when it has a dot or a colon or is `localhost`;
 * without one it is Docker Hub's. Null: it is no name of a repository.
 */
export function parseImageName(repository: string): ImageName | null {
  const parts = repository.toLowerCase().split('/');
  const first = parts[0] ?? '';
  const hasHost = parts.length > 1 && (/[.:]/.test(first) || first === 'localhost');
  const host = hasHost ? first : 'docker.io';
  const rest = hasHost ? parts.slice(1) : parts;
  const path = host === 'docker.io' && rest.length === 1 ? `library/${rest[0]}` : rest.join('/');
  if (!pathPattern.test(path) || !/^[a-z0-9.-]+(?::\d+)?$/.test(host)) return null;
  return { host, path, repository: `${host}/${path}` };
}

/** Whether a text can be a tag. */
export function isTag(tag: string): boolean {
  return /^\w[\w.-]{0,127}$/.test(tag);
}

/** Whether a text is a digest we can verify. */
export function isDigest(digest: string): boolean {
  return /^sha256:[0-9a-f]{64}$/.test(digest);
}

/** Base URL of the registry's API, without a slash at the end. */
export function endpointOf(host: string, registries: readonly RegistryConfig[]): string {
  const configured = registries.find((registry) => registry.host === host)?.url;
  if (configured) return configured.replace(/\/+$/, '');
  return host === 'docker.io' ? 'https://registry-1.docker.io' : `https://${host}`;
}
