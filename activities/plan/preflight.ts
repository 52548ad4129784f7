import { ownerMark, previewNames } from '../../domain/names.ts';
import type { PlatformConfig } from '../../domain/config.ts';
import type { PreviewExists } from '../../domain/outcome.ts';
import type { PlanInputs } from '../../domain/plan.ts';
import { platformSecrets } from '../../config/platform-secrets.ts';
import type { ClusterAnswer, ClusterQuestion } from '../kubernetes/check.ts';
import type { Source } from '../source/source.ts';
import type { OwnerMark } from '../../domain/pull-request.ts';
import type { DatabaseAnswer } from '../postgres/check.ts';
import { configAt } from './config-at.ts';

export interface PreflightDependencies {
  readonly platform: PlatformConfig;
  readonly source: Source;
  readonly checkCluster: (question: ClusterQuestion, signal: AbortSignal) => Promise<ClusterAnswer>;
  readonly checkDatabase: (
    question: { readonly name: string; readonly owner: OwnerMark; readonly template: string | null },
    signal: AbortSignal,
  ) => Promise<DatabaseAnswer>;
}

export interface Preflight extends Omit<ClusterAnswer, 'exists'> {
  /** Null: without a config nobody knows the names. */
  readonly exists: PreviewExists;
}

/**
 * Looks at cluster and database before anything is created: whose names are taken, which secrets are missing, and
 * whether an earlier life left something of this preview.
 */
export async function preflight(
  { platform, source, checkCluster, checkDatabase }: PreflightDependencies,
  inputs: PlanInputs,
  signal: AbortSignal,
): Promise<Preflight> {
  const at = await configAt(source, { ref: inputs.pullRequest, configCommit: inputs.configCommit }, signal);
  // its problems are the rendering's to tell
  if (!at.ok) return { problems: [], warnings: [], exists: null };
  const suffixes = Object.fromEntries(
    Object.entries(at.config.services).map(([name, { host }]) => [name, host]),
  );
  const names = previewNames(platform, inputs, { suffixes, database: at.config.database !== null });
  const owner = ownerMark(platform, inputs);
  const { tlsSecret, pullSecrets, copies } = platformSecrets({ platform, preview: at.config, inputs });
  const question = {
    names,
    owner,
    tlsSecret,
    pullSecrets,
    copies,
    outsider: inputs.outsider,
  };
  const template = platform.database?.template ?? null;
  const [cluster, database] = await Promise.all([
    checkCluster(question, signal),
    names.database === null
      ? { problems: [], exists: false }
      : checkDatabase({ name: names.database, owner, template }, signal),
  ]);
  return {
    problems: [...cluster.problems, ...database.problems],
    warnings: cluster.warnings,
    exists: cluster.exists || database.exists,
  };
}
