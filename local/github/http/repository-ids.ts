import type { World } from '../world.ts';
import { findRepository } from '../world.ts';

/*
 * GitHub's `Link` headers lead to `/repositories/<id>/…`, an address that its description does not have and that no
 * client makes by itself.
 */

/** The address by name of one by a repository's id; any other stays as it is. */
export function byName(world: World, url: URL): URL {
  const [, id, rest = ''] = /^\/repositories\/(\d+)(\/.*)?$/.exec(url.pathname) ?? [];
  const found = world.state.repositories.find((one) => String(one.id) === id);
  if (found === undefined) return url;
  const named = new URL(url);
  named.pathname = `/repos/${found.owner}/${found.name}${rest}`;
  return named;
}

/** A `Link` header with addresses by a repository's id. */
export function byId(world: World, link: string): string {
  return link.replace(/\/repos\/([^/]+)\/([^/]+)\//g, (path, owner: string, name: string) => {
    const found = findRepository(world, decodeURIComponent(owner), decodeURIComponent(name));
    return found === undefined ? path : `/repositories/${String(found.id)}/`;
  });
}
