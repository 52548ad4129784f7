import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'yaml';
import type { PullRequestRef } from '../../domain/pull-request.ts';
import { cacheFolder } from '../../local/folders.ts';
import { controlOf } from '../../local/github/control.ts';
import { imageOf } from '../../local/images/image.ts';
import { layerOf } from '../../local/images/layer.ts';
import { pushImage } from '../../local/images/push.ts';
import { kwokPlacement } from '../../local/kwok.ts';
import type { Stack } from '../../local/stack.ts';

/** Folder of the chart that every service is made of. */
export const chart = join(import.meta.dirname, 'chart');

const services = ['one', 'two', 'three', 'four'] as const;
const image = { repository: 'example/bench-crowd', tag: '1' };
const owner = 'example';

/** A release of one service, as bare Helm is asked for it too. */
export interface Release {
  readonly release: string;
  readonly values: Readonly<Record<string, unknown>>;
}

/** Releases of one preview; the image by its tag or, as a preview has it, by its digest too. */
export function releasesOf(tag: string = image.tag): Release[] {
  return services.map((name) => ({
    release: `crowd-${name}`,
    values: {
      fullnameOverride: `crowd-${name}`,
      image: { repository: `ghcr.io/${image.repository}`, tag },
      ...kwokPlacement,
    },
  }));
}

/** A repository on the GitHub stand-in with four services without hosts, and its one image in the registry. */
export async function createApplication(
  stack: Stack,
  repository: string,
): Promise<{ readonly open: (number: number) => Promise<PullRequestRef> }> {
  if (!stack.github || !stack.registry) throw new Error('the stack has no GitHub or no registry');
  const github = controlOf(stack.github.url);
  const place = { owner, repo: repository };
  await github.createRepository({ owner, name: repository });
  await github.setPermission({ ...place, user: 'alice', permission: 'write' });
  await github.commit({ ...place, files: { 'preview.yaml': previewConfig(), ...(await chartFiles()) } });
  await pushSomeImage(stack.registry.address);
  return {
    open: async (number) => {
      const head = `change-${number}`;
      await github.commit({ ...place, branch: head, files: { 'CHANGES.md': `Change ${number}\n` } });
      await github.openPullRequest({ ...place, head, title: `Change ${number}`, author: 'alice', number });
      return { owner, repository, number };
    },
  };
}

function previewConfig(): string {
  const entries = releasesOf('{{ images.main.pinnedTag }}').map(({ release, values }, index) => [
    services[index] ?? release,
    {
      release,
      chart: { path: 'chart' },
      images: { main: { repository: `ghcr.io/${image.repository}`, tag: image.tag, fresh: 'any' } },
      values,
    },
  ]);
  return stringify({ services: Object.fromEntries(entries) as object }, { aliasDuplicateObjects: false });
}

async function chartFiles(): Promise<Record<string, string>> {
  const entries = await readdir(chart, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const contents = files.map(
    async (file) => [`chart${file.slice(chart.length)}`, await readFile(file, 'utf8')] as const,
  );
  return Object.fromEntries(await Promise.all(contents));
}

/** Simulated nodes run nothing, so that any image will do. */
async function pushSomeImage(registry: string): Promise<void> {
  const content = Buffer.from('Nothing runs on simulated nodes.\n');
  const layer = await layerOf([{ path: '/README', content }], join(cacheFolder(), 'layers'));
  await pushImage(imageOf({ layers: [layer], entrypoint: ['/README'] }), { registry, ...image });
}
