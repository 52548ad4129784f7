import type { QuotaRequirement } from './plan.ts';

export const noAmounts: QuotaRequirement = {
  requestsCpuMilli: 0,
  requestsMemoryBytes: 0,
  limitsCpuMilli: 0,
  limitsMemoryBytes: 0,
  pods: 0,
};

export function addAmounts(one: QuotaRequirement, other: QuotaRequirement): QuotaRequirement {
  return combine(one, other, (left, right) => left + right);
}

/** The larger of the two in each dimension. */
export function largestAmounts(one: QuotaRequirement, other: QuotaRequirement): QuotaRequirement {
  return combine(one, other, Math.max);
}

export function timesAmounts(amounts: QuotaRequirement, times: number): QuotaRequirement {
  return combine(amounts, noAmounts, (amount) => amount * times);
}

function combine(
  one: QuotaRequirement,
  other: QuotaRequirement,
  how: (left: number, right: number) => number,
): QuotaRequirement {
  return {
    requestsCpuMilli: how(one.requestsCpuMilli, other.requestsCpuMilli),
    requestsMemoryBytes: how(one.requestsMemoryBytes, other.requestsMemoryBytes),
    limitsCpuMilli: how(one.limitsCpuMilli, other.limitsCpuMilli),
    limitsMemoryBytes: how(one.limitsMemoryBytes, other.limitsMemoryBytes),
    pods: how(one.pods, other.pods),
  };
}
