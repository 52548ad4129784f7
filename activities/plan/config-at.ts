import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { parsePreviewConfig } from '../../config/preview.ts';
import type { PreviewConfig } from '../../domain/config.ts';
import type { Problem } from '../../domain/failures.ts';
import type { PullRequestRef } from '../../domain/pull-request.ts';
import type { Source } from '../source/source.ts';

/** The application's config in its repository. */
const previewConfigFile = 'preview.yaml';

/** Bytes of a preview config; a larger file is not read. */
const sizeLimit = 512 * 1024;

export type ConfigAt =
  | {
      readonly ok: true;
      readonly folder: string;
      readonly config: PreviewConfig;
      readonly warnings: readonly string[];
    }
  | { readonly ok: false; readonly problems: readonly Problem[] };

export interface ConfigPlace {
  readonly ref: PullRequestRef;
  readonly configCommit: string;
}

/** Reads the preview config at a commit. What is wrong with it comes back as problems; GitHub's failures are thrown. */
export async function configAt(
  source: Source,
  { ref, configCommit }: ConfigPlace,
  signal: AbortSignal,
): Promise<ConfigAt> {
  const folder = await source.folder(ref, configCommit, signal);
  const file = join(folder, previewConfigFile);
  const found = await stat(file).catch(() => null);
  if (!found?.isFile()) return { ok: false, problems: [missing(configCommit)] };
  if (found.size > sizeLimit) {
    const message = `wanted at most ${sizeLimit} bytes, found ${found.size}; values that large belong into the charts`;
    return { ok: false, problems: [{ type: 'InvalidPreviewConfig', where: previewConfigFile, message }] };
  }
  const parsed = parsePreviewConfig(await readFile(file, 'utf8'), previewConfigFile);
  return parsed.ok
    ? { ok: true, folder, config: parsed.value, warnings: parsed.warnings }
    : { ok: false, problems: parsed.problems };
}

function missing(configCommit: string): Problem {
  return {
    type: 'PreviewConfigMissing',
    where: previewConfigFile,
    message:
      `there is no ${previewConfigFile} at ${configCommit.slice(0, 7)}, the head of the base branch. ` +
      'Merge one first: a pull request that adds it has no preview of its own, because previews are configured from the base branch.',
  };
}
