import { randomUUID } from 'node:crypto';
import { mkdir, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { processStart } from './processes.ts';

/** What one Helm process may see of this machine: folders of its own and nothing of the worker's environment. */
export interface PrivateHome {
  readonly folder: string;
  readonly environment: Readonly<Record<string, string>>;
  remove(): Promise<void>;
}

/** Homes of one worker process lie in a folder named after it, so that what a killed worker left can be told. */
export interface Homes {
  /** Folder of all workers' homes. */
  readonly folder: string;
  create(): Promise<PrivateHome>;
}

/** Variables Helm needs to get through a company's network; they name no credentials of ours. */
const passedOn = [
  'PATH',
  'SSL_CERT_FILE',
  'SSL_CERT_DIR',
  'HTTPS_PROXY',
  'HTTP_PROXY',
  'NO_PROXY',
  'https_proxy',
  'http_proxy',
  'no_proxy',
];

const forgottenAfterMs = 24 * 60 * 60_000;

/** Makes homes below `<cacheFolder>/helm-homes`; homes that nobody removed for a day go when the next is made. */
export function createHomes(cacheFolder: string): Homes {
  const folder = join(cacheFolder, 'helm-homes');
  const owner = `${process.pid}-${processStart(process.pid) ?? 'unknown'}`;
  let swept: Promise<void> | null = null;
  return {
    folder,
    async create() {
      swept ??= removeForgotten(folder).catch(() => undefined);
      await swept;
      return createHome(join(folder, owner, randomUUID()));
    },
  };
}

async function createHome(folder: string): Promise<PrivateHome> {
  const inside = (name: string): string => join(folder, name);
  await mkdir(inside('tmp'), { recursive: true, mode: 0o700 });
  await mkdir(inside('config'), { recursive: true, mode: 0o700 });
  const environment: Record<string, string> = {
    HOME: folder,
    TMPDIR: inside('tmp'),
    HELM_CACHE_HOME: inside('cache'),
    HELM_CONFIG_HOME: inside('config'),
    HELM_DATA_HOME: inside('data'),
  };
  for (const name of passedOn) {
    const value = process.env[name];
    if (value !== undefined) environment[name] = value;
  }
  return { folder, environment, remove: () => rm(folder, { recursive: true, force: true, maxRetries: 3 }) };
}

async function removeForgotten(folder: string): Promise<void> {
  for (const owner of await readdir(folder).catch(() => [])) {
    const path = join(folder, owner);
    const { mtimeMs } = await stat(path);
    if (Date.now() - mtimeMs > forgottenAfterMs) await rm(path, { recursive: true, force: true });
  }
}
