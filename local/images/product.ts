import { createHash } from 'node:crypto';
import { cp, mkdir, mkdtemp, readdir, readFile, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { cacheFolder, checkout } from '../folders.ts';
import type { Progress } from '../progress.ts';
import { toolFinder } from '../tools.ts';
import type { ToolFinder } from '../tools.ts';
import { debianLayer } from './debian.ts';
import { imageOf } from './image.ts';
import type { Layer } from './layer.ts';
import type { PushedImage } from './example.ts';
import { pushImage } from './push.ts';
import { layerOfTree } from './tree.ts';

export interface ProductImageOptions {
  /** Registry as `host:port` over plain HTTP, or as a URL. */
  readonly registry: string;
  readonly progress: Progress;
  /** Default: pinned tools from the user's cache folder. */
  readonly tool?: ToolFinder;
}

/** One layer of the product's image, and what it is. */
export interface ProductLayer extends Layer {
  readonly what: 'Debian' | 'Node and Helm' | 'dependencies' | 'application';
}

const REPOSITORY = 'pr-preview';

/** How the image runs: what the Dockerfile says of its last stage. */
export const productSettings = {
  entrypoint: ['node'],
  command: ['worker/main.ts'],
  user: 65532,
  workingFolder: '/app',
  env: {
    NODE_ENV: 'production',
    HELM: '/usr/local/bin/helm',
    HOME: '/tmp',
    PREVIEW_CACHE_DIR: '/cache',
  },
} as const;

/**
 * The image of worker, gateway and command line, as the Dockerfile describes it, put together without Docker: the
 * application is built by the same program, Node and Helm are those of this checkout's pins, and Debian comes from its
 * packages, without a shell. Built once for each state of the sources.
 */
export async function buildProductImage(options: ProductImageOptions): Promise<PushedImage> {
  const { registry, progress, tool = toolFinder(options.progress) } = options;
  const { env, ...settings } = productSettings;
  const layers = await productLayers({ progress, tool });
  const image = imageOf({ ...settings, layers, env: { PATH: '/usr/local/bin', ...env } });
  const tag = image.digest.slice('sha256:'.length, 'sha256:'.length + 12);
  progress.update('pushing the image');
  const digest = await pushImage(image, { registry, repository: REPOSITORY, tag });
  return { repository: `${registry}/${REPOSITORY}`, tag, digest };
}

/** Its layers, from the bottom up. */
export async function productLayers({
  progress,
  tool,
}: {
  readonly progress: Progress;
  readonly tool: ToolFinder;
}): Promise<readonly ProductLayer[]> {
  const folder = join(cacheFolder(), 'layers');
  const scratch = await mkdtemp(join(tmpdir(), 'pr-preview-image-'));
  try {
    const application = applicationIn(join(scratch, 'app'), progress);
    return [
      { what: 'Debian', ...(await debianLayer(folder, progress)) },
      { what: 'Node and Helm', ...(await programsLayer({ folder, scratch, tool })) },
      {
        what: 'dependencies',
        ...(await layerOfTree(
          `modules-${await keyOf(['package-lock.json', 'worker/image'])}`,
          folder,
          async () => ({
            root: await application(),
            names: ['node_modules'],
            prefix: 'app',
          }),
        )),
      },
      {
        what: 'application',
        ...(await layerOfTree(`application-${await keyOf(await applicationParts())}`, folder, async () => {
          const root = await application();
          const names = (await readdir(root)).filter((name) => name !== 'node_modules');
          return { root, names, prefix: 'app' };
        })),
      },
    ];
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

/** What the application is made of, besides its dependencies. */
async function applicationParts(): Promise<readonly string[]> {
  const text = await readFile(join(checkout, 'package.json'), 'utf8');
  const { files } = JSON.parse(text) as { readonly files: readonly string[] };
  return files;
}

/** Builds the application at the first call only, as `worker/image/build.ts` does it in the Dockerfile. */
function applicationIn(target: string, progress: Progress): () => Promise<string> {
  let built: Promise<string> | undefined;
  const build = async (): Promise<string> => {
    progress.update('installing production dependencies, bundling workflows');
    await execa(process.execPath, [join(checkout, 'worker/image/build.ts'), target], { stdin: 'ignore' });
    return target;
  };
  return async () => await (built ??= build());
}

async function programsLayer({
  folder,
  scratch,
  tool,
}: {
  readonly folder: string;
  readonly scratch: string;
  readonly tool: ToolFinder;
}): Promise<Layer> {
  const node = await realpath(process.execPath);
  const helm = await tool('helm');
  const key = createHash('sha256')
    .update(await readFile(node))
    .update(await readFile(helm));
  return await layerOfTree(`programs-${key.digest('hex').slice(0, 32)}`, folder, async () => {
    const root = join(scratch, 'programs');
    await mkdir(root);
    await cp(node, join(root, 'node'));
    await cp(helm, join(root, 'helm'));
    return { root, names: ['node', 'helm'], prefix: 'usr/local/bin' };
  });
}

async function keyOf(names: readonly string[]): Promise<string> {
  const hash = createHash('sha256').update(process.arch);
  for (const name of names) {
    for (const file of await filesOf(join(checkout, name)))
      hash.update(`${file.slice(checkout.length)}\0`).update(await readFile(file));
  }
  return hash.digest('hex').slice(0, 32);
}

async function filesOf(path: string): Promise<string[]> {
  const entries = await readdir(path, { recursive: true, withFileTypes: true }).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOTDIR') return null;
    throw error;
  });
  if (entries === null) return [path];
  return entries
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name))
    .toSorted();
}
