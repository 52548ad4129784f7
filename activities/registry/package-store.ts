import { failure } from '../failure.ts';
import type { PackageRef, Packages } from '../github/packages.ts';
import { packagesAdvice } from '../github/packages.ts';
import type { RepositoryClient } from './client.ts';
import type { ImageName } from './image-name.ts';
import type { ImageStore } from './image-store.ts';
import { lookUp } from './manifest.ts';
import type { ReadReferences } from './references.ts';

export interface PackageStoreTools {
  readonly packages: Packages;
  /** Of the registry, which alone knows what an index names. */
  readonly client: RepositoryClient;
  readonly references: ReadReferences;
}

/**
 * A repository of GitHub's container registry, which answers 405 to every DELETE: images go as versions of a package.
 * GitHub lists and deletes, the registry shows the content.
 */
export function createPackageStore(
  { packages, client, references }: PackageStoreTools,
  image: ImageName,
): ImageStore {
  const of = toPackage(image);
  const ids = new Map<string, number>();
  return {
    survey: async (digests, signal) => {
      const versions = await packages.list(of, signal);
      if (versions === null) {
        await demandAbsence(of, { client, digests }, signal);
        return [];
      }
      for (const { digest, id } of versions) ids.set(digest, id);
      const all = versions.map(({ digest }) => digest);
      const contents = await references({ name: image.repository, client }, all, signal);
      return versions.map(({ digest, tags }) => ({
        digest,
        tags,
        references: contents.get(digest) ?? null,
      }));
    },
    tagsOf: async (digest, signal) => {
      const id = ids.get(digest);
      const version = id === undefined ? null : await packages.read(of, id, signal);
      return version?.tags ?? null;
    },
    remove: async (digest, signal) => {
      const id = ids.get(digest);
      return id === undefined ? null : await packages.remove(of, id, signal);
    },
  };
}

function toPackage({ path }: ImageName): PackageRef {
  const [owner = '', ...name] = path.split('/');
  return { owner, name: name.join('/') };
}

/** GitHub says the same of a package that is gone and of one that the token may not see; the registry may know. */
async function demandAbsence(
  { owner, name }: PackageRef,
  { client, digests }: { readonly client: RepositoryClient; readonly digests: readonly string[] },
  signal: AbortSignal,
): Promise<void> {
  for (const digest of digests) {
    if ((await lookUp(client, digest, signal)) === 'absent') continue;
    const message = `GitHub shows no package ${owner}/${name}: it is gone, or the token may not see it. In the second case, ${packagesAdvice}.`;
    throw failure('GitHubNotFound', message);
  }
}
