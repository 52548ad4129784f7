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
  /** What each service takes besides while it is updated: surges, and the largest of its hooks. */
  readonly passing: Readonly<Record<string, QuotaRequirement>>;
}

/** Rendered objects by service. */
export type ObjectsByService = Readonly<Record<string, readonly ManifestObject[]>>;

/** Counts what Kubernetes' quota will count, LimitRange defaults, init, sidecar and hook containers included. */
export function quotaRequirement(objects: ObjectsByService, limitRange: ContainerDefaults): Requirement {
  const services = Object.entries(objects).map(
    ([service, own]) => [service, workloadsOf(service, own, limitRange)] as const,
  );
  const workloads = services.flatMap(([, own]) => own);
  return {
    workloads,
    sum: workloads.reduce((sum, { standing }) => addAmounts(sum, standing), noAmounts),
    passing: Object.fromEntries(services.map(([service, own]) => [service, passingAmounts(own)])),
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
): { problem: Problem | null; surgesFit: boolean } {
  const requirement = quotaRequirement(objects, limitRange);
  const passing = Object.values(requirement.passing);
  const least = addAmounts(requirement.sum, passing.reduce(largestAmounts, noAmounts));
  const most = addAmounts(requirement.sum, passing.reduce(addAmounts, noAmounts));
  const fits = (amounts: QuotaRequirement) => (dimension: Dimension) =>
    dimension.of(amounts) <= dimension.allowed(quota);
  const surgesFit = dimensions.every(fits(most));
  const over = dimensions.filter((dimension) => !fits(least)(dimension));
  if (over.length === 0) return { problem: null, surgesFit };
  const lines = over.map((dimension) => arithmetic(dimension, { requirement, quota, least }));
  const message = `The quota does not hold this preview.\n${lines.join('\n')}\nLower the charts' \`resources\`, or raise the platform's \`quota\`.`;
  return { problem: { type: 'PlanRefused', where: 'platform config: quota', message }, surgesFit };
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

/** One line per dimension: each workload's term, and what the neediest service takes while it is updated. */
function arithmetic(
  { name, of, allowed, format }: Dimension,
  {
    requirement,
    quota,
    least,
  }: { readonly requirement: Requirement; readonly quota: ResourceBudget; readonly least: QuotaRequirement },
): string {
  const terms = requirement.workloads
    .filter(({ standing }) => of(standing) > 0)
    .map(({ service, label, pods, perPod, standing }) => {
      const amount = name === 'pods' ? '' : `${pods} × ${format(of(perPod))} = `;
      return `${service} (${label}) ${amount}${format(of(standing))}`;
    });
  const passing = Object.entries(requirement.passing).map(([service, amounts]) => ({
    service,
    amount: of(amounts),
  }));
  const largest = passing.sort((one, other) => other.amount - one.amount)[0];
  if (largest && largest.amount > 0)
    terms.push(`${format(largest.amount)} more while ${largest.service} is updated`);
  return `- \`${name}\`: ${format(of(least))} needed, ${format(allowed(quota))} allowed: ${terms.join(' + ')}`;
}
