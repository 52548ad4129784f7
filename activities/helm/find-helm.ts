import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { delimiter, isAbsolute, join, resolve } from 'node:path';
import { execa } from 'execa';

const oldestMajor = 4;

/**
 * Absolute path of Helm: what `HELM` names (a path, or a command on PATH), else `helm` on PATH.
 *
 * @throws an error of one line when it is missing, or older than Helm 4.
 */
export async function findHelm(env: NodeJS.ProcessEnv): Promise<string> {
  const wanted = env['HELM'] || 'helm';
  const executable = await locate(wanted, env['PATH'] ?? '');
  if (executable === null) {
    throw new Error(
      `Helm is missing: there is no "${wanted}" to run. Install Helm 4, or set HELM to its path`,
    );
  }
  const version = await readHelmVersion(executable);
  const major = Number(/^v?(\d+)\./.exec(version)?.[1]);
  if (major >= oldestMajor) return executable;
  throw new Error(`Helm 4 is needed; ${executable} is ${version}. Set HELM to the path of another`);
}

/** What a Helm says of itself, for example `v4.3.0`. */
export async function readHelmVersion(executable: string): Promise<string> {
  const { stdout } = await execa(executable, ['version', '--template', '{{.Version}}'], { timeout: 20_000 });
  return stdout.trim().slice(0, 40);
}

async function locate(command: string, path: string): Promise<string | null> {
  const candidates =
    isAbsolute(command) || command.includes('/')
      ? [resolve(command)]
      : path.split(delimiter).map((folder) => join(folder, command));
  for (const candidate of candidates) {
    const runs = await access(candidate, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (runs) return candidate;
  }
  return null;
}
