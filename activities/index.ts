import type { GitHubActivities } from './github/activities.ts';
import type { HelmActivities } from './helm/activities.ts';
import type { KubernetesActivities } from './kubernetes/activities.ts';
import type { PlanActivities } from './plan/activities.ts';
import type { PostgresActivities } from './postgres/activities.ts';
import type { ProbeActivities } from './probe/activities.ts';
import type { RegistryActivities } from './registry/activities.ts';
import type { TemporalActivities } from './temporal.ts';

/** Everything the workflows may ask of the world, by the name Temporal knows it under. */
export type Activities = GitHubActivities &
  HelmActivities &
  KubernetesActivities &
  PlanActivities &
  PostgresActivities &
  ProbeActivities &
  RegistryActivities &
  TemporalActivities;
