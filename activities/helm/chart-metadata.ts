import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { list } from 'tar';
import { parse } from 'yaml';
import { failure } from '../failure.ts';

/** What a chart says of itself, as far as we need it. */
export interface ChartMetadata {
  readonly dependencies: readonly ChartDependency[];
  /** Whether a lock says which versions the dependencies are. */
  readonly locked: readonly ChartDependency[] | null;
}

export interface ChartDependency {
  readonly name: string;
  readonly repository: string;
  readonly version: string;
}

/** The chart's own values.yaml; empty without one. @param chart folder or `.tgz` @throws failure `ChartInvalid` */
export async function readDefaults(
  chart: string,
  identity: string,
): Promise<Readonly<Record<string, unknown>>> {
  const text = chart.endsWith('.tgz')
    ? await readFromArchive(chart, 'values.yaml')
    : await readOptional(join(chart, 'values.yaml'));
  const values: unknown = parseYaml(text ?? '', `values.yaml of ${identity}`);
  if (values === null || values === undefined) return {};
  if (typeof values === 'object' && !Array.isArray(values)) return values as Record<string, unknown>;
  throw failure('ChartInvalid', `values.yaml of ${identity} must be a mapping.`);
}

/** Dependencies of a chart's folder: from Chart.yaml, or requirements.yaml of a chart of the first kind. */
export async function readMetadata(folder: string, identity: string): Promise<ChartMetadata> {
  const chart = parseYaml(await readOptional(join(folder, 'Chart.yaml')), `Chart.yaml of ${identity}`);
  const first = isRecord(chart) && chart['apiVersion'] === 'v1';
  const [source, lock] = first ? ['requirements.yaml', 'requirements.lock'] : ['Chart.yaml', 'Chart.lock'];
  const wanted = first
    ? parseYaml(await readOptional(join(folder, source)), `${source} of ${identity}`)
    : chart;
  const lockText = await readOptional(join(folder, lock));
  return {
    dependencies: dependenciesIn(wanted),
    locked: lockText === null ? null : dependenciesIn(parseYaml(lockText, `${lock} of ${identity}`)),
  };
}

/** Text of a file in the archive's only folder; null when it is not there. */
async function readFromArchive(archive: string, name: string): Promise<string | null> {
  const chunks: Buffer[] = [];
  let found = false;
  await list({
    file: archive,
    filter: (path) => /^[^/]+\/[^/]+$/.test(path) && path.endsWith(`/${name}`),
    onReadEntry: (entry) => {
      found = true;
      entry.on('data', (chunk: Buffer) => chunks.push(chunk));
    },
  });
  return found ? Buffer.concat(chunks).toString('utf8') : null;
}

async function readOptional(path: string): Promise<string | null> {
  return readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw error;
  });
}

function parseYaml(text: string | null, what: string): unknown {
  try {
    return parse(text ?? '', { uniqueKeys: false, maxAliasCount: 100 });
  } catch (error) {
    const message = error instanceof Error ? error.message : 'not YAML';
    throw failure('ChartInvalid', `${what} cannot be read: ${message}`, { cause: error });
  }
}

function dependenciesIn(value: unknown): ChartDependency[] {
  const entries = isRecord(value) && Array.isArray(value['dependencies']) ? value['dependencies'] : [];
  return entries.filter(isRecord).map(({ name, repository, version }) => ({
    name: textOf(name),
    repository: textOf(repository),
    version: textOf(version),
  }));
}

function textOf(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
