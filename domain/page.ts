import type { ServiceStatus } from './status.ts';

/** The address that a person wants: the bare host, which is the shortest; null where no service has any. */
export function pageOf(services: readonly ServiceStatus[]): string | null {
  const urls = services.flatMap(({ url }) => (url === null ? [] : [url]));
  return urls.sort((one, other) => one.length - other.length)[0] ?? null;
}
