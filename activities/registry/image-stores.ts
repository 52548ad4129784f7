import type { Octokit } from 'octokit';
import type { RegistryConfig } from '../../domain/config.ts';
import { failure } from '../failure.ts';
import { createPackages } from '../github/packages.ts';
import type { RegistryLogin } from './client.ts';
import { createRepositoryClient } from './client.ts';
import { parseImageName } from './image-name.ts';
import type { ImageStore } from './image-store.ts';
import { createManifestStore } from './manifest-store.ts';
import { createPackageStore } from './package-store.ts';
import { createReferences } from './references.ts';
import { createSend } from './request.ts';

export interface ImageStoreOptions {
  readonly registries: readonly RegistryConfig[];
  readonly fetch: typeof globalThis.fetch;
  /** Login for a registry's host, from the worker's environment; null is anonymous. */
  readonly credentials: (host: string) => RegistryLogin | null;
  /** For GitHub's packages; the token, if there is one for that alone, may read GitHub's container registry too. */
  readonly packages: { readonly octokit: Octokit; readonly token: string | null };
}

const gitHubRegistry = 'ghcr.io';

/**
 * The way into repositories that images are deleted from, each by its name with the registry's host.
 *
 * @throws (the function it makes) permanent failures: it is no name, or the platform deletes nothing there.
 */
export function createImageStores(options: ImageStoreOptions): (repository: string) => ImageStore {
  const { registries, fetch } = options;
  const send = createSend(fetch);
  const packages = createPackages(options.packages.octokit);
  const references = createReferences();
  return (repository) => {
    const image = parseImageName(repository);
    if (image === null) {
      throw failure('BadMessage', `${JSON.stringify(repository)} cannot be an image's name`);
    }
    const deletes = registries.some(
      ({ host, deleteImages }) => deleteImages && host.toLowerCase() === image.host,
    );
    if (!deletes) {
      throw failure(
        'RegistryDenied',
        `the platform config has no images of ${image.host} deleted (registries[].deleteImages)`,
      );
    }
    const asking = { registries, send, credentials: credentialsOf(options) };
    return image.host === gitHubRegistry
      ? createPackageStore({ packages, references, client: createRepositoryClient(asking, image) }, image)
      : createManifestStore(
          { references, client: createRepositoryClient({ ...asking, rights: 'pull,delete' }, image) },
          image,
        );
  };
}

/** The token for packages logs in at GitHub's registry, and at no mirror of it. */
function credentialsOf({
  registries,
  credentials,
  packages: { token: password },
}: ImageStoreOptions): ImageStoreOptions['credentials'] {
  const mirrored = registries.some(({ host, url }) => host === gitHubRegistry && url !== null);
  return (host) => {
    const known = credentials(host);
    if (known !== null || host !== gitHubRegistry || password === null || mirrored) return known;
    // the name is not looked at
    return { username: 'pr-preview', password };
  };
}
