import { createHash } from 'node:crypto';
import { readFile, readdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import type { ChartSource } from '../../domain/config.ts';
import { failure } from '../failure.ts';
import type { ChartCache } from './chart-cache.ts';
import type { ChartTools } from './chart-tools.ts';
import { ociAddress, plainHttp, pullFailure, writeRegistryLogin } from './chart-tools.ts';
import { runHelm } from './run-helm.ts';

export type RemoteChart = Exclude<ChartSource, { kind: 'path' }>;

/** A chart's archive and the SHA-256 (hex) of its bytes. */
export interface Archive {
  readonly path: string;
  readonly hash: string;
}

const archiveName = 'chart.tgz';

/**
 * Fetches a chart of one exact version once; later calls find it in the cache.
 *
 * @throws failure `ChartInvalid`, `ChartNotFound`, `RegistryUnavailable`, `RegistryDenied`.
 */
export async function pullChart(
  tools: ChartTools & { readonly cache: ChartCache },
  source: RemoteChart,
  signal: AbortSignal,
): Promise<Archive> {
  refuseLooseVersion(source);
  const key = `pulled-${createHash('sha256')
    .update(JSON.stringify(pullArguments(tools, source)))
    .digest('hex')}`;
  const folder = await tools.cache.folder(key, (half) => pull(tools, { source, folder: half }, signal));
  const path = join(folder, archiveName);
  return {
    path,
    hash: createHash('sha256')
      .update(await readFile(path))
      .digest('hex'),
  };
}

/** `nats 2.14.2 from https://…`, for people. */
export function describeChart(source: RemoteChart): string {
  const { url, version } = source;
  return source.kind === 'oci' ? `${url} ${version}` : `${url} ${source.name} ${version}`;
}

async function pull(
  tools: ChartTools,
  { source, folder }: { source: RemoteChart; folder: string },
  signal: AbortSignal,
): Promise<void> {
  const home = await tools.homes.create();
  try {
    await writeRegistryLogin(tools, home);
    const words = ['pull', ...pullArguments(tools, source), '--destination', folder];
    const result = await runHelm({ executable: tools.executable, arguments: words, home }, signal);
    if (!result.succeeded) throw pullFailure(`The chart ${describeChart(source)}`, result);
    const [archive] = (await readdir(folder)).filter((name) => name.endsWith('.tgz'));
    if (archive === undefined) throw failure('ChartInvalid', `${describeChart(source)} holds no chart.`);
    await rename(join(folder, archive), join(folder, archiveName));
  } finally {
    await home.remove();
  }
}

function pullArguments(tools: ChartTools, source: RemoteChart): string[] {
  const version = ['--version', source.version];
  if (source.kind === 'repository') return [source.name, '--repo', source.url, ...version];
  const address = ociAddress(tools, source.url);
  return [address, ...version, ...(plainHttp(tools, address) ? ['--plain-http'] : [])];
}

/** A range would mean another chart tomorrow; a word beginning with a dash another argument. */
function refuseLooseVersion(source: RemoteChart): void {
  const schemes = source.kind === 'oci' ? /^oci:\/\/[^/]+\/./ : /^https?:\/\/./;
  if (!schemes.test(source.url)) {
    const wanted = source.kind === 'oci' ? 'oci://host/name' : 'https:// or http://';
    throw failure('ChartInvalid', `The chart's address must be ${wanted}, not ${source.url}.`);
  }
  if (!/^v?\d+\.\d+\.\d+(?:[-+][0-9A-Za-z.+-]*)?$/.test(source.version)) {
    throw failure(
      'ChartInvalid',
      `The chart ${describeChart(source)} needs one exact version such as 1.2.3, not ${source.version}.`,
    );
  }
  if (source.kind === 'repository' && !/^[A-Za-z0-9]/.test(source.name)) {
    throw failure('ChartInvalid', `${source.name} is no name of a chart.`);
  }
}
