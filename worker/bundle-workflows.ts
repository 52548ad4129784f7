import { mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { builtBundle } from './config.ts';
import { bundleWorkflows } from './workflows.ts';

/*
 * `node worker/bundle-workflows.ts [file]`: builds the workflow code once, for images and benchmarks. The worker that
 * loads it must have the same version of Temporal's SDK. Its inline source map is needed: leave it in.
 */
const file = process.argv[2] ?? builtBundle;
await mkdir(dirname(file), { recursive: true });
await writeFile(file, await bundleWorkflows());
