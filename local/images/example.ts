import { readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { cacheFolder, checkout } from '../folders.ts';
import type { Progress } from '../progress.ts';
import { toolFinder } from '../tools.ts';
import type { ToolFinder } from '../tools.ts';
import { buildGoProgram } from './go-program.ts';
import { imageOf } from './image.ts';
import type { ImageSpec } from './image.ts';
import { layerOf } from './layer.ts';
import type { Layer, LayerFile } from './layer.ts';
import type { Fault } from './faults.ts';
import { pushImage } from './push.ts';

/** Services built from a commit of the example application. */
export type BuiltService = 'websocket' | 'meeting-api' | 'ui';
/** Services of the example application. */
export type ExampleService = BuiltService | 'nats';

/** An image in the registry. */
export interface PushedImage {
  /** As `preview.yaml` has it: `ghcr.io/example/videocall-…`, a name of the registry given. */
  readonly repository: string;
  readonly tag: string;
  readonly digest: string;
}

export interface ExampleImages<Service extends ExampleService> {
  /** Registry as `host:port` over plain HTTP, or as a URL. */
  readonly registry: string;
  /** Full commit hash: label, and what `/version` answers. */
  readonly commit: string;
  /** Usually `pr-<number>`; nats has its own version as tag. */
  readonly tag: string;
  /** Default: all four. */
  readonly services?: readonly Service[];
  readonly faults?: Partial<Record<BuiltService, Fault>>;
  /** Told by `update` only: the step is the caller's. */
  readonly progress: Progress;
  /** Default: pinned tools from the user's cache folder. */
  readonly tool?: ToolFinder;
}

/** The host in the images' names; the local registry answers to it. */
const NAMED_REGISTRY = 'ghcr.io';
const NATS_VERSION = '2.15.1';
const SERVICES: readonly ExampleService[] = ['nats', 'websocket', 'meeting-api', 'ui'];
const sources = join(checkout, 'examples/videocall/services');

/**
 * Builds the example's images and pushes them. Programs are compiled once for each state of their source; a commit
 * and a fault are only settings of the image, so that another commit costs no more than its push.
 */
export async function buildExampleImages<Service extends ExampleService = ExampleService>(
  options: ExampleImages<Service>,
): Promise<Record<Service, PushedImage>> {
  const specs = await specsOf(options);
  const pushed = await Promise.all(
    specs.map(async ([service, spec]): Promise<[Service, PushedImage]> => {
      const repository = `example/videocall-${service}`;
      const tag = service === 'nats' ? NATS_VERSION : options.tag;
      const digest = await pushImage(imageOf(spec), { registry: options.registry, repository, tag });
      return [service, { repository: `${NAMED_REGISTRY}/${repository}`, tag, digest }];
    }),
  );
  return Object.fromEntries(pushed) as Record<Service, PushedImage>;
}

/**
 * Obtains and compiles all that the images are made of, into the cache folder: then `buildExampleImages` needs neither
 * compiler nor network beside the registry, and writes nothing there.
 */
export async function prepareExampleImages(
  options: Pick<ExampleImages<ExampleService>, 'progress' | 'tool'>,
): Promise<void> {
  await specsOf({ ...options, commit: '' });
}

/** One after the other, for what is compiled takes all cores. */
async function specsOf<Service extends ExampleService>(
  options: Omit<ExampleImages<Service>, 'registry' | 'tag'>,
): Promise<[Service, ImageSpec][]> {
  const { progress, tool = toolFinder(progress) } = options;
  const services = options.services ?? (SERVICES as readonly Service[]);
  const specs: [Service, ImageSpec][] = [];
  for (const [index, service] of services.entries()) {
    const update = (text: string) =>
      progress.update(`image ${service} (${index + 1} of ${services.length}): ${text}`);
    specs.push([service, await specOf(service, { ...options, tool, update })]);
  }
  return specs;
}

interface Recipe {
  readonly tool: ToolFinder;
  readonly update: (text: string) => void;
  readonly commit: string;
  readonly faults?: Partial<Record<BuiltService, Fault>>;
}

function specOf(service: ExampleService, recipe: Recipe): Promise<ImageSpec> {
  return service === 'nats' ? natsImage(recipe.tool) : builtImage(service, recipe);
}

async function natsImage(tool: ToolFinder): Promise<ImageSpec> {
  const content = await readFile(await tool('nats-server'));
  return {
    layers: [await layer([{ path: '/nats-server', content, executable: true }])],
    entrypoint: ['/nats-server'],
    labels: { 'org.opencontainers.image.version': NATS_VERSION },
  };
}

async function builtImage(
  service: BuiltService,
  { tool, update, commit, faults }: Recipe,
): Promise<ImageSpec> {
  const fault = faults?.[service];
  const program = await buildGoProgram(
    { module: sources, package: `./${service}`, name: service },
    { folder: join(cacheFolder(), 'programs'), go: () => tool('go'), update },
  );
  const own = await layer([{ path: `/${service}`, content: await readFile(program), executable: true }]);
  return {
    layers: service === 'meeting-api' ? [...(await migrationLayers(tool)), own] : [own],
    entrypoint: [`/${service}`],
    env: { GIT_SHA: commit, ...(fault === undefined ? {} : { FAULT: fault }) },
    labels: {
      'org.opencontainers.image.revision': commit,
      'org.opencontainers.image.source': 'https://github.com/example/videocall',
    },
  };
}

async function migrationLayers(tool: ToolFinder): Promise<Layer[]> {
  const dbmate = { path: '/dbmate', content: await readFile(await tool('dbmate')), executable: true };
  const migrations = await filesIn(join(sources, 'meeting-api/migrations'));
  const broken = await filesIn(join(sources, 'meeting-api/broken-migrations'));
  return [await layer([dbmate]), await layer([...migrations, ...broken])];
}

async function filesIn(folder: string): Promise<LayerFile[]> {
  const names = await readdir(folder);
  const read = async (name: string) => ({
    path: `/${basename(folder)}/${name}`,
    content: await readFile(join(folder, name)),
  });
  return Promise.all(names.map(read));
}

function layer(files: readonly LayerFile[]): Promise<Layer> {
  return layerOf(files, join(cacheFolder(), 'layers'));
}
