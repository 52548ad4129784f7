import { createHash, randomUUID } from 'node:crypto';
import { access, mkdir, readdir, readFile, rename } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import { run } from '../obtain/run.ts';

/** A program of ours in Go. */
export interface GoProgram {
  /** The folder with go.mod. */
  readonly module: string;
  /** Package below it, for example `./websocket`. */
  readonly package: string;
  /** File name of the binary. */
  readonly name: string;
}

/**
 * The path of the program, built for Linux on this machine's processor, static. It is built once for each state of
 * the module's files and then kept in `folder`.
 *
 * @param options.go Answers the path of the Go compiler; asked only when there is something to build.
 */
export async function buildGoProgram(
  program: GoProgram,
  options: { folder: string; go: () => Promise<string>; update: (text: string) => void },
): Promise<string> {
  const arch = process.arch === 'arm64' ? 'arm64' : 'amd64';
  const hash = (await hashOf(program.module)).update(`${program.package} ${arch}`).digest('hex').slice(0, 32);
  const file = join(options.folder, `${program.name}-${hash}`);
  if (await exists(file)) return file;

  await mkdir(options.folder, { recursive: true });
  const partial = `${file}.partial-${randomUUID()}`;
  const go = await options.go();
  const started = Date.now();
  const tell = () => options.update(`compiling, ${Math.round((Date.now() - started) / 1000)} s`);
  const ticking = setInterval(tell, 1000);
  tell();
  try {
    const flags = ['-mod=readonly', '-trimpath', '-buildvcs=false', '-ldflags', '-s -w -buildid='];
    await run(go, ['build', ...flags, '-o', partial, program.package], {
      wanted: program.name,
      folder: program.module,
      environment: environmentOf(go, arch),
    });
  } finally {
    clearInterval(ticking);
  }
  await rename(partial, file);
  return file;
}

/** The user's proxies and caches are kept; what could change the result is set. */
function environmentOf(go: string, arch: string): Record<string, string | undefined> {
  return {
    CGO_ENABLED: '0',
    GOOS: 'linux',
    GOARCH: arch,
    GOFLAGS: undefined,
    GOROOT: undefined,
    GOTOOLCHAIN: 'local',
    GOWORK: 'off',
    PATH: `${dirname(go)}${delimiter}${process.env['PATH'] ?? ''}`,
  };
}

async function hashOf(folder: string): Promise<ReturnType<typeof createHash>> {
  const hash = createHash('sha256');
  const names = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = names.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  for (const file of files.sort()) {
    const content = await readFile(file);
    hash.update(`${file.slice(folder.length)} ${content.length}\n`).update(content);
  }
  return hash;
}

async function exists(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
}
