import { fileURLToPath } from 'node:url';
import { buildApplication } from './application.ts';

/*
 * `node worker/image/build.ts <folder>`: puts the application into a folder as the Dockerfile does it.
 * Runs before any dependency is installed, so it uses Node alone.
 */
const target = process.argv[2];
if (target === undefined)
  throw new Error('name the folder to build into: node worker/image/build.ts <folder>');
await buildApplication({ source: fileURLToPath(new URL('../..', import.meta.url)), target });
