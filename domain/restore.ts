import type { CheckedPlan, CheckedService, LivePlan } from './outcome.ts';

/**
 * The plan that brings back what is live. Without its hash: the platform config may have changed since, and the live
 * state is still wanted back.
 */
export function planToRestore({ plan }: Pick<LivePlan, 'plan'>): CheckedPlan {
  return { ...plan, reference: { ...plan.reference, hash: null } };
}

/** Services of what is live whose release a plan no longer has. */
export function droppedServices(plan: CheckedPlan, live: LivePlan | null): readonly CheckedService[] {
  const kept = new Set(plan.services.map(({ release }) => release));
  return (live?.plan.services ?? []).filter(({ release }) => !kept.has(release));
}

/**
 * Whether the namespace may hold releases that a plan does not have: dropped ones, and what a deploy left that was
 * stopped, or that belongs to a life nobody remembers.
 */
export function mayHaveStrays(
  plan: CheckedPlan,
  { live, disturbed }: { readonly live: LivePlan | null; readonly disturbed: readonly string[] },
): boolean {
  return live === null || disturbed.length > 0 || droppedServices(plan, live).length > 0;
}

/** What uses the database, of a plan and of what is live: nothing of it may run while the database is made anew. */
export function databaseUsers(plan: CheckedPlan, live: LivePlan | null): readonly CheckedService[] {
  const users = [...plan.services, ...(live?.plan.services ?? [])].filter((service) => service.needsDatabase);
  return users.filter(
    ({ release }, index) => users.findIndex((service) => service.release === release) === index,
  );
}
