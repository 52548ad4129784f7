import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { licensesOf } from './bundle-licenses.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** Libraries from before ES modules ask for Node's own by `require`. */
const banner = [
  '// Bundled from client/action.ts by "npm run bundle:action"; licenses are in licenses.txt. Do not edit.',
  "import { createRequire } from 'node:module';",
  'const require = createRequire(import.meta.url);',
].join('\n');

/**
 * Puts the action and all it uses into one file, since GitHub runs an action as it is checked out. The same sources and
 * the same `package-lock.json` give the same bytes on every machine. It is not minified: who uses the action may read
 * it, and its stacks name what they mean.
 *
 * @returns text of each file of `dist/`, by its name.
 */
export async function bundleAction(): Promise<Readonly<Record<'action.js' | 'licenses.txt', string>>> {
  const { outputFiles, metafile } = await build({
    absWorkingDir: root,
    entryPoints: ['client/action.ts'],
    outfile: 'dist/action.js',
    bundle: true,
    write: false,
    metafile: true,
    platform: 'node',
    target: 'node24',
    format: 'esm',
    charset: 'utf8',
    legalComments: 'inline',
    banner: { js: banner },
    // a checkout may be linked from elsewhere
    preserveSymlinks: true,
    logLevel: 'error',
  });
  const [script] = outputFiles;
  if (script === undefined) throw new Error('esbuild made no file');
  return {
    'action.js': script.text,
    'licenses.txt': await licensesOf(Object.keys(metafile.inputs), root),
  };
}
