import { access, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { failure } from '../failure.ts';
import type { ChartDependency } from './chart-metadata.ts';
import { readMetadata } from './chart-metadata.ts';
import type { ChartTools } from './chart-tools.ts';
import { plainHttp, pullFailure, writeRegistryLogin } from './chart-tools.ts';
import { runHelm } from './run-helm.ts';

/**
 * Puts a chart's dependencies into its `charts/` folder, at the versions of its lock. Those that lie there already
 * are used as they are. Helm gets a home of its own, so nothing is added to any list of repositories.
 *
 * @param folder a copy of the chart that may be written to.
 * @throws failure `ChartInvalid`, `ChartNotFound`, `RegistryUnavailable`, `RegistryDenied`.
 */
export async function buildDependencies(
  tools: ChartTools,
  chart: { readonly folder: string; readonly identity: string },
  signal: AbortSignal,
): Promise<void> {
  const { dependencies, locked } = await readMetadata(chart.folder, chart.identity);
  const missing = await missingIn(chart.folder, dependencies);
  if (missing.length === 0) return;
  const names = missing.map(({ name }) => name).join(', ');
  if (locked === null) {
    const advice =
      "commit the chart's charts/ folder, or its Chart.lock (helm dependency update writes both)";
    throw failure('ChartInvalid', `${chart.identity} needs ${names}, but has no Chart.lock; ${advice}.`);
  }
  refuseOtherSources(chart.identity, [...dependencies, ...locked]);
  await build(tools, { ...chart, repositories: locked.map(({ repository }) => repository) }, signal);
}

async function missingIn(
  folder: string,
  dependencies: readonly ChartDependency[],
): Promise<ChartDependency[]> {
  const vendored = await readdir(join(folder, 'charts')).catch((): string[] => []);
  const isThere = async ({ name }: ChartDependency): Promise<boolean> => {
    if (vendored.some((file) => file.startsWith(`${name}-`) && file.endsWith('.tgz'))) return true;
    return access(join(folder, 'charts', name, 'Chart.yaml')).then(
      () => true,
      () => false,
    );
  };
  const there = await Promise.all(dependencies.map(isThere));
  return dependencies.filter((_, index) => !there[index]);
}

/** `file://` would read this machine's files, and `@name` somebody's list of repositories. */
function refuseOtherSources(identity: string, dependencies: readonly ChartDependency[]): void {
  const refused = dependencies.find(({ repository }) => !/^(?:https?|oci):\/\//.test(repository));
  if (!refused) return;
  const from = refused.repository === '' ? 'no repository' : refused.repository;
  throw failure(
    'ChartInvalid',
    `${identity} needs ${refused.name} from ${from}; only https, http and oci are fetched. Commit its charts/ folder instead.`,
  );
}

async function build(
  tools: ChartTools,
  chart: { folder: string; identity: string; repositories: readonly string[] },
  signal: AbortSignal,
): Promise<void> {
  const overHttp = [...new Set(chart.repositories.filter((url) => /^https?:/.test(url)))];
  const overOci = chart.repositories.filter((url) => url.startsWith('oci:'));
  const home = await tools.homes.create();
  try {
    const repositories = overHttp.map((url, index) => ({ name: `repository-${index}`, url }));
    await writeFile(
      join(home.folder, 'config', 'repositories.yaml'),
      stringify({ apiVersion: '', repositories }),
    );
    await writeRegistryLogin(tools, home);
    const plain = overOci.some((url) => plainHttp(tools, url)) ? ['--plain-http'] : [];
    const words = ['dependency', 'build', chart.folder, ...plain];
    const result = await runHelm({ executable: tools.executable, arguments: words, home }, signal);
    if (!result.succeeded) throw pullFailure(`The dependencies of ${chart.identity}`, result);
  } finally {
    await home.remove();
  }
}
