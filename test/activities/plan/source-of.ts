import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { Source } from '../../../activities/source/source.ts';
import { sha } from '../../domain/support.ts';

/** A preview of one service with one image. */
export const usual = 'services: {ui: {chart: {path: x}, images: {main: {repository: r.io/ui}}}}\n';

/** A repository whose base branch holds this `preview.yaml`. */
export async function sourceOf(text: string): Promise<Source> {
  const folder = await mkdtemp(join(tmpdir(), 'pr-preview-plan-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  await writeFile(join(folder, 'preview.yaml'), text);
  return { branchHead: () => Promise.resolve(sha(9)), folder: () => Promise.resolve(folder) };
}
