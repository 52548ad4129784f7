import type { ContainerDefaults, ResourceBudget } from './config.ts';
import type { Problem } from './failures.ts';
import type { ManifestObject } from './manifest-object.ts';
import type { QuotaRequirement } from './plan.ts';
import { formatBytes, formatMilli, parseMilli, parseUnits } from './quantity.ts';
import { addAmounts, noAmounts, largestAmounts } from './quota-amounts.ts';
import type { Workload } from './quota-workloads.ts';
import { workloadsOf } from './quota-workloads.ts';

/** What a preview's workloads take, and what they take for a moment while they are updated. */
export interface Requirement {
  readonly workloads: readonly Workload[];
  /** All pods that stay. */
  readonly sum: QuotaRequirement;
  /** Surges and hooks of all services at once. */
  readonly surges: QuotaRequirement;
  /** Surges and hooks of the service that takes most, per dimension. */
  readonly largest: QuotaRequirement;
}

/** Rendered objects by service. */
export type ObjectsByService = Readonly<Record<string, readonly ManifestObject[]>>;

/** Counts what Kubernetes' quota will count, LimitRange defaults, init, sidecar and hook containers included. */
export function quotaRequirement(objects: ObjectsByService, limitRange: ContainerDefaults): Requirement {
  const services = Object.entries(objects).map(([service, own]) => workloadsOf(service, own, limitRange));
  const passing = services.map(passingAmounts);
  return {
    workloads: services.flat(),
    sum: services.flat().reduce((sum, { standing }) => addAmounts(sum, standing), noAmounts),
    surges: passing.reduce(addAmounts, noAmounts),
    largest: passing.reduce(largestAmounts, noAmounts),
  };
}

/**
 * Whether a quota holds a preview.
 *
 * @returns `problem` with the arithmetic when not even the sum and the largest surge fit; `surgesFit` false when
 * changed services must go one after another.
 */
export function checkQuota(
  objects: ObjectsByService,
  { quota, limitRange }: { readonly quota: ResourceBudget; readonly limitRange: ContainerDefaults },
): { problem: Problem | null; surgesFit: boolean; requirement: Requirement } {
  const requirement = quotaRequirement(objects, limitRange);
  const least = addAmounts(requirement.sum, requirement.largest);
  const over = dimensions.filter((dimension) => dimension.of(least) > dimension.allowed(quota));
  const most = addAmounts(requirement.sum, requirement.surges);
  const surgesFit = dimensions.every((dimension) => dimension.of(most) <= dimension.allowed(quota));
  if (over.length === 0) return { problem: null, surgesFit, requirement };
  const lines = over.map((dimension) =>
    arithmetic(dimension, { requirement, quota, least: dimension.of(least) }),
  );
  const message = `The quota does not hold this preview.\n${lines.join('\n')}\nLower the charts' \`resources\`, or raise the platform's \`quota\`.`;
  return {
    problem: { type: 'PlanRefused', where: 'platform config: quota', message },
    surgesFit,
    requirement,
  };
}

interface Dimension {
  readonly name: string;
  readonly of: (amounts: QuotaRequirement) => number;
  readonly allowed: (quota: ResourceBudget) => number;
  readonly format: (amount: number) => string;
}

const dimensions: readonly Dimension[] = [
  {
    name: 'requests.cpu',
    of: (amounts) => amounts.requestsCpuMilli,
    allowed: (quota) => parseMilli(quota.requestsCpu) ?? 0,
    format: formatMilli,
  },
  {
    name: 'requests.memory',
    of: (amounts) => amounts.requestsMemoryBytes,
    allowed: (quota) => parseUnits(quota.requestsMemory) ?? 0,
    format: formatBytes,
  },
  {
    name: 'limits.cpu',
    of: (amounts) => amounts.limitsCpuMilli,
    allowed: (quota) => parseMilli(quota.limitsCpu) ?? 0,
    format: formatMilli,
  },
  {
    name: 'limits.memory',
    of: (amounts) => amounts.limitsMemoryBytes,
    allowed: (quota) => parseUnits(quota.limitsMemory) ?? 0,
    format: formatBytes,
  },
  { name: 'pods', of: (amounts) => amounts.pods, allowed: (quota) => quota.pods, format: String },
];

function passingAmounts(workloads: readonly Workload[]): QuotaRequirement {
  const surges = workloads.reduce((sum, { surge }) => addAmounts(sum, surge), noAmounts);
  // Helm runs the hooks of a release one after another
  const hooks = workloads.reduce((most, { hook }) => largestAmounts(most, hook), noAmounts);
  return addAmounts(surges, hooks);
}

/** `- limits.cpu: 1300m needed, 1000m allowed: …` with one term per workload. */
function arithmetic(
  { name, of, allowed, format }: Dimension,
  {
    requirement,
    quota,
    least,
  }: { readonly requirement: Requirement; readonly quota: ResourceBudget; readonly least: number },
): string {
  const terms = requirement.workloads
    .filter(({ standing }) => of(standing) > 0)
    .map(({ service, label, pods, perPod, standing }) => {
      const count = name === 'pods' ? '' : `${pods} × ${format(of(perPod))} = `;
      return `${service} (${label}) ${count}${format(of(standing))}`;
    });
  const surge = of(requirement.largest);
  const passing = surge > 0 ? [`largest surge of one service ${format(surge)}`] : [];
  return `- \`${name}\`: ${format(least)} needed, ${format(allowed(quota))} allowed: ${[...terms, ...passing].join(' + ')}`;
}
