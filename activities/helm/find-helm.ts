import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { delimiter, isAbsolute, join, resolve } from 'node:path';
import { execa } from 'execa';
import { isVersionFrom } from '../../domain/version.ts';

/** Older ones drop values whose length is a multiple of 4096 bytes (helm/helm#32506). */
const least = [4, 3] as const;

export interface FoundHelm {
  /** Absolute path. */
  readonly executable: string;
  /** What it says of itself, for example `v4.3.0`. */
  readonly version: string;
}

/**
 * Helm: what `HELM` names (a path, or a command on PATH), else `helm` on PATH.
 *
 * @throws an error of one line when it is missing, or older than Helm 4.3.
 */
export async function findHelm(env: NodeJS.ProcessEnv, signal?: AbortSignal): Promise<FoundHelm> {
  const wanted = env['HELM'] || 'helm';
  const executable = await locate(wanted, env['PATH'] ?? '');
  if (executable === null) {
    throw new Error(
      `Helm is missing: there is no "${wanted}" to run. Install Helm ${least.join('.')} or newer, or set HELM to its path`,
    );
  }
  const version = await readVersion(executable, signal);
  if (isVersionFrom(version, least) === true) return { executable, version };
  throw new Error(
    `Helm ${least.join('.')} or newer is needed; ${executable} is ${version || 'none'}. Install one, or set HELM to its path`,
  );
}

async function readVersion(executable: string, signal?: AbortSignal): Promise<string> {
  const { stdout } = await execa(executable, ['version', '--template', '{{.Version}}'], {
    timeout: 20_000,
    ...(signal && { cancelSignal: signal }),
  });
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
