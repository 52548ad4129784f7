import { randomUUID } from 'node:crypto';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { onTestFinished } from 'vitest';
import { createGitHub } from '../../../activities/github/clients.ts';
import { createDeleteImagesActivities } from '../../../activities/registry/delete-images.ts';
import type { ImageStoreOptions } from '../../../activities/registry/image-stores.ts';
import type { DeletedImages, OwnImage } from '../../../domain/image.ts';
import { startGitHub } from '../../../local/github/server.ts';
import type { GitHubStandIn } from '../../../local/github/server.ts';
import { registryUrl } from './support.ts';

const ref = { owner: 'example', repository: 'videocall', number: 1 };

export interface Deletion {
  /** Heartbeat details of an earlier attempt. */
  readonly details?: unknown;
  /** Default: none, as outside of Temporal. */
  readonly heartbeatTimeoutMs?: number;
  /** Gets the details of each beat. */
  readonly onBeat?: (details: unknown) => void;
}

/** Runs the activity as Temporal would. */
export async function deleteWith(
  options: ImageStoreOptions,
  images: readonly OwnImage[],
  { details, heartbeatTimeoutMs, onBeat }: Deletion = {},
): Promise<DeletedImages> {
  const environment = new MockActivityEnvironment(
    {
      heartbeatDetails: details,
      ...(heartbeatTimeoutMs === undefined ? {} : { heartbeatTimeoutMs }),
    },
    { logger: new DefaultLogger('ERROR') },
  );
  if (onBeat) environment.on('heartbeat', onBeat);
  const activities = createDeleteImagesActivities(options);
  return await environment.run(() => activities.deleteImages({ ref, images }));
}

export interface PackageFixture {
  readonly github: GitHubStandIn;
  /** Path in the real registry. */
  readonly path: string;
  /** `ghcr.io/…`, which the real registry stands for. */
  readonly repository: string;
  readonly options: ImageStoreOptions;
  readonly image: (tag: string, digest: string) => OwnImage;
  /** Tells GitHub of the package, and of what has no tag in the registry. */
  readonly show: (digests?: readonly string[], visibility?: 'public' | 'private') => Promise<void>;
  readonly run: (
    images: readonly OwnImage[],
    more?: Deletion & { readonly token?: string },
  ) => Promise<DeletedImages>;
  /** What the activity asked GitHub to delete. */
  readonly deletions: () => Promise<string[]>;
}

/** A package of its own at a GitHub of its own, whose images are in the stack's real registry. */
export async function packageOf({
  owner = 'Example',
  name = `test-${randomUUID()}`,
  kind = 'Organization',
}: { owner?: string; name?: string; kind?: 'Organization' | 'User' } = {}): Promise<PackageFixture> {
  const github = await startGitHub({ port: 0 });
  onTestFinished(() => github.close());
  // who owns a repository is an organisation in the stand-in
  if (kind === 'Organization') await github.control.createRepository({ owner, name: 'app' });
  const path = `${owner.toLowerCase()}/${name}`;
  const repository = `ghcr.io/${path}`;
  const optionsWith = (token: string): ImageStoreOptions => ({
    registries: [{ host: 'ghcr.io', url: registryUrl(), pullSecret: null, deleteImages: true }],
    fetch,
    credentials: () => null,
    packages: { octokit: createGitHub({ token, baseUrl: github.url }), token },
  });
  return {
    github,
    path,
    repository,
    options: optionsWith(github.token),
    image: (tag, digest) => ({ repository, tag, digest }),
    show: async (digests = [], visibility = 'public') => {
      const at = `${registryUrl()}/v2/${path}`;
      await github.control.showPackage({ owner, name, repository: at, visibility, digests });
    },
    run: async (images, { token = github.token, ...more } = {}) =>
      await deleteWith(optionsWith(token), images, more),
    deletions: async () =>
      (await github.control.requests()).flatMap(({ method, path }) => (method === 'DELETE' ? [path] : [])),
  };
}
