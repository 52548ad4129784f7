import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { inject } from 'vitest';
import { cacheFolder } from '../../local/folders.ts';
import { buildGoProgram } from '../../local/images/go-program.ts';
import { imageOf } from '../../local/images/image.ts';
import { layerOf } from '../../local/images/layer.ts';
import { pushImage } from '../../local/images/push.ts';
import { silentProgress } from '../../local/progress.ts';
import { toolFinder } from '../../local/tools.ts';
import { kubectl } from './cluster.ts';

/** The probe's image, as charts and pods name it. */
export const probeImage = { repository: 'ghcr.io/example/probe', tag: 'isolation' };

/** What became of a target: an answer, none in time, or why there can be none. */
export type Outcome = 'answered' | 'silence' | 'refused' | 'unknown' | 'absent' | (string & {});

/** Builds the probe, pushes its image, and answers the path of the program. */
export async function buildProbe(): Promise<string> {
  const { registry } = inject('stack');
  const program = await buildGoProgram(
    { module: join(import.meta.dirname, 'probe'), package: '.', name: 'probe' },
    {
      folder: join(cacheFolder(), 'programs'),
      go: () => toolFinder(silentProgress)('go'),
      update: () => undefined,
    },
  );
  const files = [{ path: '/probe', content: await readFile(program), executable: true }];
  const layers = [await layerOf(files, join(cacheFolder(), 'layers'))];
  const image = imageOf({ layers, entrypoint: ['/probe'] });
  await pushImage(image, {
    registry: registry?.address ?? '',
    repository: 'example/probe',
    tag: probeImage.tag,
  });
  return program;
}

/**
 * Has a running pod try what it can reach; all at once, so that it takes no longer than the slowest.
 *
 * @param pod as kubectl names it: `deploy/front`.
 */
export async function tryFrom(
  { namespace, pod }: { readonly namespace: string; readonly pod: string },
  targets: readonly string[],
): Promise<Readonly<Record<string, Outcome>>> {
  const answer = await kubectl('exec', '-n', namespace, pod, '--', '/probe', 'try', ...targets);
  return JSON.parse(answer) as Record<string, Outcome>;
}
