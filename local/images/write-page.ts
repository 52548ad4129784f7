import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { checkout } from '../folders.ts';
import { plainProgress } from '../progress.ts';
import { toolFinder } from '../tools.ts';
import { describeImage, withTables } from './page.ts';
import { productLayers } from './product.ts';

/* `npm run image`: puts the product's image together, prints what it holds, and writes that into docs/image.md. */
const progress = plainProgress('image');
const tables = await describeImage(await productLayers({ progress, tool: toolFinder(progress) }));
const page = join(checkout, 'docs/image.md');
await writeFile(page, withTables(await readFile(page, 'utf8'), tables));
console.log(tables);
