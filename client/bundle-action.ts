import { mkdir, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { bundleAction } from './action/bundle.ts';

/* `npm run bundle:action`: writes `dist/`, which is committed; a test says when it is older than its sources. */
const folder = fileURLToPath(new URL('../dist/', import.meta.url));
await mkdir(folder, { recursive: true });
for (const [name, text] of Object.entries(await bundleAction())) await writeFile(folder + name, text);
