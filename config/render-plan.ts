import type { PlatformConfig, PreviewConfig } from '../domain/config.ts';
import type { Problem } from '../domain/failures.ts';
import { formatDuration } from '../domain/lifetime.ts';
import { ownerMark } from '../domain/names.ts';
import type {
  Plan,
  PlanInputs,
  PlannedDatabase,
  PlannedLifetime,
  PlannedService,
  PreviewNames,
} from '../domain/plan.ts';
import { planHash } from '../domain/plan-hash.ts';
import { planNames } from './plan-names.ts';
import { platformSecrets } from './platform-secrets.ts';
import type { Fault } from './problem.ts';
import { unlocatedProblems } from './problem.ts';
import { renderServices } from './render-services.ts';
import { usesGroup } from './template-check.ts';
import { unknownValues } from './unknown-values.ts';

/** What a plan needs to know of a chart: see `ChartLocation`. */
export interface PlannedChart {
  readonly identity: string;
  readonly defaults: Readonly<Record<string, unknown>>;
}

export interface PlanSourcesInput {
  readonly platform: PlatformConfig;
  readonly preview: PreviewConfig;
  readonly inputs: PlanInputs;
  /** By service; all of the preview's services. */
  readonly charts: Readonly<Record<string, PlannedChart>>;
}

/** Makes the plan from its inputs: pure, and the same inputs always give the same plan. Every problem comes at once. */
export function renderPlan(from: PlanSourcesInput): {
  plan: Plan | null;
  problems: Problem[];
  warnings: string[];
} {
  const { platform, preview, inputs } = from;
  const names = planNames(platform, preview, inputs);
  const rendered = renderServices({ platform, preview, inputs, names });
  const secrets = platformSecrets({ platform, preview, inputs });
  const lifetime = planLifetime(platform, preview);
  const warnings = [...lifetime.warnings, ...secrets.warnings, ...valueWarnings(rendered.services, from)];
  const faults = [
    ...rendered.faults,
    ...secrets.faults,
    ...databaseFaults(platform, preview),
    ...placeFaults(platform, preview),
  ];
  const problems = unlocatedProblems(faults);
  const hash = problems.length === 0 ? hashOf(from) : null;
  if (hash === null) return { plan: null, problems, warnings };
  const plan: Plan = {
    hash,
    inputs,
    names,
    owner: ownerMark(platform, inputs),
    services: rendered.services,
    database: planDatabase(platform, preview, names),
    secrets: secrets.secrets,
    pullSecrets: secrets.pullSecrets,
    tlsSecret: secrets.tlsSecret,
    quota: platform.quota,
    limitRange: platform.limitRange,
    network: platform.network,
    ingressClassName: platform.ingress.className,
    ingressAnnotations: platform.ingress.annotations,
    lifetime: lifetime.value,
  };
  return { plan, problems, warnings };
}

/** The place is left out of the hash: what is hashed is always rendered with its stand-in. */
function hashOf({ platform, preview, inputs, charts }: PlanSourcesInput): string {
  const anywhere = { ...inputs, place: null };
  const names = planNames(platform, preview, anywhere);
  const { services } = renderServices({ platform, preview, inputs: anywhere, names });
  const { place: _, ...rest } = inputs;
  const hashed = services.map(({ name, release, values }) => [
    name,
    { release, values, chart: charts[name]?.identity ?? '' },
  ]);
  return planHash({ inputs: rest, platform, services: Object.fromEntries(hashed) });
}

function planDatabase(
  { database }: PlatformConfig,
  preview: PreviewConfig,
  names: PreviewNames,
): PlannedDatabase | null {
  if (!database || !preview.database || names.database === null) return null;
  const { host, port, parameters, connectionLimit, template } = database;
  return {
    name: names.database,
    secret: preview.database.secret,
    host,
    port,
    parameters,
    connectionLimit,
    template,
  };
}

function planLifetime(
  { lifetime }: PlatformConfig,
  preview: PreviewConfig,
): { value: PlannedLifetime; warnings: string[] } {
  const asked = preview.lifetime ?? lifetime.default;
  const value = {
    defaultMs: Math.min(asked, lifetime.maximum),
    maximumMs: lifetime.maximum,
    warningsMs: lifetime.warnings,
  };
  if (asked <= lifetime.maximum) return { value, warnings: [] };
  return {
    value,
    warnings: [
      `lifetime: ${formatDuration(asked)} is more than the platform allows; the preview lives ${formatDuration(lifetime.maximum)}.`,
    ],
  };
}

function databaseFaults(platform: PlatformConfig, preview: PreviewConfig): Fault[] {
  if (!preview.database || platform.database) return [];
  const message = 'The platform has no database to give. Ask its operator to set `database`, or remove this.';
  return [{ path: ['database'], message }];
}

/** Without fixed stems a place has no name, and what is called after it would be called alike in every preview. */
function placeFaults({ capacity }: PlatformConfig, { services }: PreviewConfig): Fault[] {
  if ('stems' in capacity) return [];
  return Object.entries(services).flatMap(([name, { release, images, values }]): Fault[] => {
    if (!usesGroup([release, images, values], 'place')) return [];
    const message =
      '`{{ place }}` needs a platform with fixed stems, and this one has a number of places. ' +
      'Use `{{ pr.number }}`, or ask its operator to set `capacity.stems`.';
    return [{ path: ['services', name], message }];
  });
}

function valueWarnings(services: readonly PlannedService[], { charts }: PlanSourcesInput): string[] {
  return services.flatMap(({ name, values }) =>
    unknownValues(values, charts[name]?.defaults ?? {}, ['services', name, 'values']),
  );
}
