import type { Package, PackageVersion } from '../state.ts';
import { timestamp } from '../world.ts';
import type { World } from '../world.ts';
import { holds, namedBy, tagsIn } from './registry.ts';

/** A version as it stands in the registry at this moment. */
export interface HeldVersion extends PackageVersion {
  tags: string[];
}

/** The versions of a package that its registry holds, newest first; what was pushed since the last look becomes one. */
export async function heldVersions(world: World, of: Package): Promise<HeldVersion[]> {
  const tags = await tagsIn(of.repository);
  await note(world, of, [...tags.keys()]);
  const there = await Promise.all(of.versions.map(({ digest }) => holds(of.repository, digest)));
  return of.versions
    .filter((_, index) => there[index])
    .map((version) => ({ ...version, tags: tags.get(version.digest) ?? [] }))
    .sort((one, other) => other.id - one.id);
}

/** Makes versions of digests, and of all that they name: a registry lists only what has a tag, GitHub lists all. */
export async function note(world: World, of: Package, digests: readonly string[]): Promise<void> {
  const known = new Set(of.versions.map(({ digest }) => digest));
  const found = new Set(digests.filter((digest) => !known.has(digest)));
  for (const digest of found) {
    for (const named of await namedBy(of.repository, digest)) if (!known.has(named)) found.add(named);
  }
  // What an index names was pushed before it.
  for (const digest of [...found].toReversed()) {
    // Another look may have noted it meanwhile.
    if (of.versions.some((version) => version.digest === digest)) continue;
    of.versions.push({ id: world.newId(), digest, createdAt: timestamp(), downloads: 0 });
  }
  if (found.size > 0) world.save();
}
