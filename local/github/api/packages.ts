import { GitHubError, notFound } from '../http/errors.ts';
import { page } from '../http/pages.ts';
import type { Call, Routes } from '../http/router.ts';
import { removeFrom } from '../packages/registry.ts';
import type { HeldVersion } from '../packages/versions.ts';
import { heldVersions } from '../packages/versions.ts';
import { queue } from '../queue.ts';
import { packageVersionShape } from '../shapes/package-version.ts';
import type { Package } from '../state.ts';
import { caller, user } from '../world.ts';
import type { World } from '../world.ts';

/** Container packages: what GitHub's container registry holds, seen as versions. */
export function packageRoutes(world: World): Routes {
  // Two at once would both find the version there, and the registry answers the later one with 500.
  const oneAtATime = queue();
  return { ...routesOf(world, 'orgs', oneAtATime), ...routesOf(world, 'users', oneAtATime) };
}

function routesOf(world: World, root: 'orgs' | 'users', oneAtATime: ReturnType<typeof queue>): Routes {
  const versions = `/${root}/:owner/packages/container/:name/versions`;
  return {
    [`GET ${versions}`]: async (call) => {
      demandScopes(world, call, ['read:packages']);
      const found = packageOf(world, call, root);
      const held = await heldVersions(world, found);
      return page(call, held, (version) => packageVersionShape(world, found, version));
    },

    [`GET ${versions}/:id`]: async (call) => {
      demandScopes(world, call, ['read:packages']);
      const found = packageOf(world, call, root);
      const version = versionOf(call, await heldVersions(world, found));
      return Response.json(packageVersionShape(world, found, version));
    },

    [`DELETE ${versions}/:id`]: async (call) => {
      demandScopes(world, call, ['read:packages', 'delete:packages']);
      const found = packageOf(world, call, root);
      // GitHub does not say that the package is there but the account no admin of it.
      if (!isAdmin(world, call, found)) throw notFound('Package not found.');
      return oneAtATime(() => remove(world, call, found));
    },
  };
}

async function remove(world: World, call: Call, found: Package): Promise<Response> {
  const held = await heldVersions(world, found);
  const version = versionOf(call, held);
  refuseForGood(found, { version, held });
  await removeFrom(found.repository, version.digest);
  found.versions = found.versions.filter(({ id }) => id !== version.id);
  world.save();
  return new Response(null, { status: 204 });
}

/** How often a version may have been downloaded from a public package and still be deleted. */
const mostDownloads = 5_000;

function refuseForGood(
  { visibility }: Package,
  { version, held }: { version: HeldVersion; held: readonly HeldVersion[] },
): void {
  const others = held.filter(({ id }) => id !== version.id);
  const isLastTagged = version.tags.length > 0 && others.every(({ tags }) => tags.length === 0);
  if (others.length === 0 || isLastTagged) {
    const what = isLastTagged ? 'last tagged version' : 'last version';
    throw new GitHubError(
      400,
      `You cannot delete the ${what} of a package. You must delete the package instead.`,
    );
  }
  if (visibility === 'public' && version.downloads > mostDownloads) {
    throw new GitHubError(
      400,
      'Publicly visible package versions with more than 5000 downloads cannot be deleted. Contact GitHub support for further assistance.',
    );
  }
}

function packageOf(world: World, call: Call, root: 'orgs' | 'users'): Package {
  const { owner = '', name = '' } = call.params;
  const same = (one: string, other: string) => one.toLowerCase() === other.toLowerCase();
  const found = world.state.packages.find((one) => same(one.owner, owner) && same(one.name, name));
  if (found === undefined || (found.visibility === 'private' && !isAdmin(world, call, found))) {
    throw notFound('Package not found.');
  }
  const isOrganization = user(world, found.owner).type === 'Organization';
  if (isOrganization !== (root === 'orgs')) throw notFound();
  return found;
}

function versionOf(call: Call, held: readonly HeldVersion[]): HeldVersion {
  const version = held.find(({ id }) => String(id) === call.params['id']);
  if (version === undefined) throw notFound('Package version not found.');
  return version;
}

/** The robot is admin of all packages, as it writes to all repositories; a person is of their own. */
function isAdmin(world: World, call: Call, { owner }: Package): boolean {
  return [world.state.robot, owner].includes(caller(call).login);
}

/** A token of which no scopes are known has them all; GitHub Apps may read packages and not delete them. */
function demandScopes(world: World, call: Call, scopes: readonly string[]): void {
  if (call.installation !== undefined && call.method === 'DELETE') {
    throw new GitHubError(403, 'Resource not accessible by integration');
  }
  const token = /^(?:bearer|token) (.+)$/i.exec(call.headers.get('authorization') ?? '')?.[1] ?? '';
  const given = world.state.scopes[token];
  if (given === undefined || scopes.every((scope) => given.includes(scope))) return;
  const doing = call.method === 'DELETE' ? 'delete a package version' : "get a package's versions";
  throw new GitHubError(403, `You need at least ${scopes.join(' and ')} scope to ${doing}.`);
}
