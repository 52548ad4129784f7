import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'vitest';
import { parse } from 'yaml';
import { parsePlatformConfig } from '../../config/platform.ts';
import { parsePreviewConfig } from '../../config/preview.ts';
import { renderPlan } from '../../config/render-plan.ts';
import type { PreviewConfig } from '../../domain/config.ts';
import type { PinnedImage, Plan } from '../../domain/plan.ts';
import { checkout } from '../../local/folders.ts';

export const digest = `sha256:${'d'.repeat(64)}`;

export interface ExamplePlan {
  plan: Plan;
  warnings: string[];
  forbiddenStrings: readonly string[];
}

/** The plan of pull request 123 by an example's two files; charts that are not in this repository have no defaults. */
export async function examplePlan(from: {
  folder: string;
  platform: string;
  preview: string;
  repository: string;
  place?: string;
}): Promise<ExamplePlan> {
  const folder = join(checkout, 'examples', from.folder);
  const platform = parsePlatformConfig(await readFile(join(folder, from.platform), 'utf8'), from.platform);
  const preview = parsePreviewConfig(await readFile(join(folder, from.preview), 'utf8'), from.preview);
  if (!platform.ok || !preview.ok) throw new Error(JSON.stringify([platform, preview], null, 2));
  const [owner = '', repository = ''] = from.repository.split('/');
  const { plan, problems, warnings } = renderPlan({
    platform: platform.value,
    preview: preview.value,
    inputs: {
      pullRequest: { owner, repository, number: 123 },
      repositoryId: 1,
      pr: { number: 123, author: 'someone', branch: 'topic', draft: false },
      outsider: false,
      commit: 'a'.repeat(40),
      configCommit: 'b'.repeat(40),
      images: imagesOf(preview.value),
      place: from.place ?? null,
    },
    charts: await chartsOf(preview.value, folder),
  });
  expect(problems).toEqual([]);
  if (!plan) throw new Error('no plan');
  const { forbiddenStrings } = platform.value;
  return { plan, warnings: [...platform.warnings, ...preview.warnings, ...warnings], forbiddenStrings };
}

function imagesOf({ services }: PreviewConfig): Record<string, Record<string, PinnedImage>> {
  const fill = (text: string) =>
    text.replace('{{ pr.number }}', '123').replace('{{ repository.owner }}', 'security-union');
  const pin = (image: { repository: string; tag: string }): PinnedImage => ({
    repository: fill(image.repository),
    tag: fill(image.tag),
    digest,
    digests: [digest],
  });
  const entries = Object.entries(services).map(([name, { images }]) => [
    name,
    Object.fromEntries(Object.entries(images).map(([key, image]) => [key, pin(image)])),
  ]);
  return Object.fromEntries(entries) as Record<string, Record<string, PinnedImage>>;
}

async function chartsOf({ services }: PreviewConfig, folder: string) {
  const entries = Object.entries(services).map(async ([name, { chart }]) => {
    const file = join(folder, chart.kind === 'path' ? chart.path : '', 'values.yaml');
    const values = await readFile(file, 'utf8').catch(() => '{}');
    return [name, { identity: name, defaults: parse(values) as Record<string, unknown> }] as const;
  });
  return Object.fromEntries(await Promise.all(entries));
}
