import { mkdtemp, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { checkout } from '../../../local/folders.ts';
import type { Service } from '../../docs/compose/project.ts';

export interface RunningService {
  /** Waits for its end. */
  readonly ended: Promise<{ readonly exitCode: number | undefined; readonly said: string }>;
  /** Ends it with all its children, as the end of a container does. */
  readonly stop: () => Promise<void>;
}

interface RunOptions {
  /** What lies elsewhere here than in the container. */
  readonly environment?: Readonly<Record<string, string>>;
  /** A folder with the programs that the image has. */
  readonly programs?: string;
  /** In the place of the command, as `docker compose run` takes them. */
  readonly words?: readonly string[];
}

/**
 * A container's entry point and command as a process on this machine, with the container's environment and, where we are
 * root, with no more rights than root has in there.
 */
export function runService(service: Service, options: RunOptions = {}): RunningService {
  const { environment = {}, programs, words = service.command ?? [] } = options;
  const [program = '', ...more] = [...(service.entrypoint ?? ['node']), ...words];
  const [file = '', ...rest] = [
    ...(process.getuid?.() === 0 ? confinement(service) : []),
    program === 'node' ? process.execPath : program,
    ...more,
  ];
  const given = Object.entries(service.environment ?? {}).map(([name, value]) => [name, value ?? '']);
  const path = [...(programs === undefined ? [] : [programs]), process.env['PATH'] ?? ''].join(':');
  const child = execa(file, rest, {
    // the images' WORKDIR
    cwd: checkout,
    extendEnv: false,
    env: { PATH: path, ...(Object.fromEntries(given) as Record<string, string>), ...environment },
    reject: false,
    all: true,
    detached: true,
  });
  const ended = child.then(({ exitCode, all }) => ({ exitCode, said: all }));
  return {
    ended,
    stop: async () => {
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGTERM');
      await ended;
    },
  };
}

/** Root in a container without capabilities may not read or write what is not its own. */
function confinement({ cap_drop = [], cap_add = [] }: Service): string[] {
  if (!cap_drop.includes('ALL')) return [];
  const kept = ['-all', ...cap_add.map((name) => `+${name.toLowerCase()}`)].join(',');
  return ['setpriv', '--no-new-privs', `--bounding-set=${kept}`, `--inh-caps=${kept}`];
}

/** A new folder below `parent` with programs under the names that they have in an image. */
export async function programsFolder(
  parent: string,
  programs: Readonly<Record<string, string | undefined>>,
): Promise<string> {
  const folder = await mkdtemp(join(parent, 'programs-'));
  for (const [name, path] of Object.entries(programs)) {
    if (path === undefined) throw new Error(`the local stack has no ${name}`);
    await symlink(path, join(folder, name));
  }
  return folder;
}
