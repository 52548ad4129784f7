import type { ChartLocation } from '../helm/charts.ts';
import type { Plan, PlanReference } from '../../domain/plan.ts';

/** A plan rendered again from its inputs, with the charts it names laid out on disk. */
export interface LoadedPlan {
  readonly plan: Plan;
  /** By service. */
  readonly charts: Readonly<Record<string, ChartLocation>>;
}

/** Where activities get plans from: neither values nor charts pass through Temporal. */
export interface Plans {
  /**
   * Loads preview config and charts at the reference's config commit, templates the values and compares the hash.
   *
   * @throws failure `PlanChanged` when the inputs no longer give the plan that was checked.
   */
  load(reference: PlanReference, signal: AbortSignal): Promise<LoadedPlan>;
}
