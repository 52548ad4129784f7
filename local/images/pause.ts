import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { cacheFolder } from '../folders.ts';
import type { Progress } from '../progress.ts';
import { toolFinder } from '../tools.ts';
import type { ToolFinder } from '../tools.ts';
import { buildGoProgram } from './go-program.ts';
import { imageOf } from './image.ts';
import { layerOf } from './layer.ts';
import { pushImage } from './push.ts';

const PAUSE_IMAGE = { repository: 'pr-preview/pause', tag: '1' } as const;

/**
 * Builds the image in which a pod's network lives, and pushes it as `pr-preview/pause:1`.
 * Answers its reference, `<registry>/pr-preview/pause:1`, for containerd's `pinned_images`.
 */
export async function buildPauseImage(options: {
  /** Registry as `host:port` over plain HTTP. */
  registry: string;
  progress: Progress;
  tool?: ToolFinder;
}): Promise<string> {
  const { registry, progress, tool = toolFinder(progress) } = options;
  const program = await buildGoProgram(
    { module: join(import.meta.dirname, 'pause'), package: '.', name: 'pause' },
    {
      folder: join(cacheFolder(), 'programs'),
      go: () => tool('go'),
      update: (text) => progress.update(`pause image: ${text}`),
    },
  );
  const files = [{ path: '/pause', content: await readFile(program), executable: true }];
  const layer = await layerOf(files, join(cacheFolder(), 'layers'));
  await pushImage(imageOf({ layers: [layer], entrypoint: ['/pause'] }), { registry, ...PAUSE_IMAGE });
  return `${registry}/${PAUSE_IMAGE.repository}:${PAUSE_IMAGE.tag}`;
}
