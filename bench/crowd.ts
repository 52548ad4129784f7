import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { plainProgress } from '../local/progress.ts';
import { ensureStack, stackStatus, stopStack } from '../local/stack.ts';
import { bundleWorkflows } from '../worker/workflows.ts';
import { bareHelm } from './crowd/bare-helm.ts';
import { askForCrowd } from './crowd/ours.ts';

/*
 * `npm run bench:crowd [-- --json] [--previews 100]`: so many previews of four services each, asked for at once, on
 * simulated nodes. Processor time of the worker and of all Helm processes it started, against that of `helm template`
 * and `helm upgrade --install` of the same charts, in the same run. The worker's start does not count. The last line is
 * one JSON object; without --json lines for people stand before it.
 */
const { values } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    previews: { type: 'string', default: '100' },
  },
});
const count = Number(values.previews);
const progress = plainProgress('bench:crowd');
const before = await stackStatus();
const parts = ['temporal', 'postgres', 'registry', 'cluster', 'ingress', 'github', 'kwok'] as const;
const stack = await ensureStack({ parts, progressOf: (name) => plainProgress(name) });
const folder = await mkdtemp(join(tmpdir(), 'pr-preview-crowd-'));
try {
  progress.start(`${count} previews on simulated nodes`);
  const bundle = join(folder, 'workflow-bundle.js');
  await writeFile(bundle, await bundleWorkflows());
  const ours = await askForCrowd(stack, { count, bundle, tell: (text) => progress.update(text) });
  const bare = await bareHelm(stack, {
    count,
    tell: (done) => progress.update(`bare Helm has made ${done} of ${count}`),
  });
  progress.done();
  const used = ours.used.ownSeconds + ours.used.childSeconds;
  const result = {
    previews: count,
    ready: ours.ready,
    failed: ours.failed,
    wall_s: round(ours.seconds),
    cpu_s_per_preview: round(used / count),
    cpu_over_bare_helm: round(used / bare),
  };
  if (!values.json) {
    console.log(
      `${ours.ready} of ${count} previews were ready after ${result.wall_s} s, ${ours.failed} failed`,
    );
    console.log(
      `processor seconds for each: ${round(ours.used.ownSeconds / count)} of the worker, ` +
        `${round(ours.used.childSeconds / count)} of its Helm, ${round(bare / count)} of bare Helm`,
    );
  }
  console.log(JSON.stringify(result));
} finally {
  await rm(folder, { recursive: true, force: true });
  if (before === undefined) await stopStack({ progress: plainProgress('stack') });
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
