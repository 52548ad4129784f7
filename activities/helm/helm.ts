import { availableParallelism } from 'node:os';
import type { KubernetesObject } from '@kubernetes/client-node';
import type { ChartLocation } from './charts.ts';
import { failure } from '../failure.ts';
import { templateArguments, uninstallArguments, upgradeArguments, valuesInput } from './arguments.ts';
import { classifyHelm } from './failure.ts';
import { endLeftovers } from './leftovers.ts';
import { parseManifests } from './manifests.ts';
import type { Homes } from './private-home.ts';
import { createHomes } from './private-home.ts';
import type { ReleaseName } from './releases.ts';
import { createSlots } from './slots.ts';
import type { HelmCommand, HelmResult } from './run-helm.ts';
import { runHelm } from './run-helm.ts';

/** What Helm is to make of a chart. */
export interface Rendering extends ReleaseName {
  readonly chart: Pick<ChartLocation, 'path' | 'identity'>;
  readonly values: Readonly<Record<string, unknown>>;
}

export interface Upgrade extends Rendering {
  /** Of each single operation, such as a hook's Job. */
  readonly timeoutMs: number;
  /** Written beside the revision; no secret. */
  readonly description: string;
}

/** Helm, one process per call. Every call that reaches the cluster is made as the namespace's deployer account. */
export interface Helm {
  /**
   * Renders a chart with no access to any cluster. Hooks are included, tests and CRDs are not.
   *
   * @throws failure `ChartInvalid` in Helm's own words.
   */
  template(rendering: Rendering, signal: AbortSignal): Promise<KubernetesObject[]>;
  /** `helm upgrade --install` without waiting. @throws HelmError */
  upgrade(upgrade: Upgrade, signal: AbortSignal): Promise<void>;
  /** Ends an uninstall that somebody began, without its hooks; nothing there is success. @throws HelmError */
  uninstall(name: ReleaseName, signal: AbortSignal): Promise<void>;
  /** Ends Helm processes on this release that a killed worker left running on this machine; answers how many. */
  endLeftovers(name: ReleaseName, signal: AbortSignal): Promise<number>;
}

export interface HelmOptions {
  /** Absolute path of Helm, 4.3 or later. */
  readonly executable: string;
  /** File with the worker's access to the cluster. */
  readonly kubeconfig: string;
  readonly cacheFolder: string;
  /** How long Helm may take to end when it is cancelled; milliseconds, at least 60,000 outside tests. Default 90 s. */
  readonly patienceMs?: number;
}

/** One Helm takes some 75 MB, and may wait for a hook for minutes. */
const operationsAtOnce = 12;

/** Makes Helm of an executable and the worker's kubeconfig. */
export function createHelm(options: HelmOptions): Helm {
  const homes = createHomes(options.cacheFolder);
  const rendering = createSlots(availableParallelism());
  const operating = createSlots(operationsAtOnce);
  const asDeployer = (namespace: string): Record<string, string> => ({
    KUBECONFIG: options.kubeconfig,
    HELM_KUBEASUSER: `system:serviceaccount:${namespace}:preview-deployer`,
  });
  const run = async (command: CommandParts, signal: AbortSignal): Promise<HelmResult> =>
    runAtHome(homes, { ...command, ...pickRun(options) }, signal);
  return {
    async template(wanted, signal) {
      const what = `Rendering ${wanted.chart.identity}`;
      const command = { arguments: templateArguments(wanted), input: valuesInput(wanted) };
      const result = await rendering.run(() => run(command, signal), signal);
      if (!result.succeeded) throw chartFailure(what, result);
      if (result.truncated) throw failure('ChartInvalid', `${what} gives more than 6 MiB of manifests.`);
      return parseManifests(result.stdout, wanted.chart.identity);
    },
    async upgrade(upgrade, signal) {
      const environment = asDeployer(upgrade.namespace);
      const command = { arguments: upgradeArguments(upgrade), input: valuesInput(upgrade), environment };
      const result = await operating.run(() => run(command, signal), signal);
      if (!result.succeeded) throw classifyHelm(`helm upgrade of ${upgrade.release}`, result);
    },
    async uninstall({ namespace, release }, signal) {
      const words = uninstallArguments({ namespace, release });
      const command = { arguments: words, environment: asDeployer(namespace) };
      const result = await operating.run(() => run(command, signal), signal);
      if (!result.succeeded) throw classifyHelm(`helm uninstall of ${release}`, result);
    },
    endLeftovers: (name, signal) => endLeftovers(homes.folder, name, signal),
  };
}

type CommandParts = Pick<HelmCommand, 'arguments' | 'input' | 'environment'>;

async function runAtHome(
  homes: Homes,
  command: Omit<HelmCommand, 'home'>,
  signal: AbortSignal,
): Promise<HelmResult> {
  const home = await homes.create();
  try {
    return await runHelm({ ...command, home }, signal);
  } finally {
    await home.remove();
  }
}

function pickRun({ executable, patienceMs }: HelmOptions): Pick<HelmCommand, 'executable' | 'patienceMs'> {
  return { executable, ...(patienceMs === undefined ? {} : { patienceMs }) };
}

function chartFailure(what: string, result: HelmResult): Error {
  const error = classifyHelm(what, result);
  if (error.type === 'HelmInterrupted') return failure('HelmInterrupted', error.message);
  // Rendering has no cluster to blame.
  return failure('ChartInvalid', `${what} failed.\n${error.detail}`, { cause: error });
}
