import type { ServiceStatus } from './status.ts';

/** Services with an address, the page that a person wants first: the bare host, which is the shortest. */
export function reachable(
  services: readonly ServiceStatus[],
): { readonly name: string; readonly url: string }[] {
  return services
    .flatMap(({ name, url }) => (url === null ? [] : [{ name, url }]))
    .sort((one, other) => one.url.length - other.url.length);
}

/** The address that a person wants; null where no service has any. */
export function pageOf(services: readonly ServiceStatus[]): string | null {
  return reachable(services)[0]?.url ?? null;
}
