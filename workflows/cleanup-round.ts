import { condition, isCancellation } from '@temporalio/workflow';
import { isPermanent } from '../domain/failures.ts';
import type { CleanupBlocker, CleanupTarget, Receipt, ReceiptItem } from '../domain/outcome.ts';
import { roundActivities } from './activity-proxies.ts';
import type { CleanupProgress } from './cleanup.ts';
import { reportOf } from './failure-report.ts';

/** The database is dropped when no pod is left, or after this long: a namespace may hang for hours. */
const podsMayKeepDatabaseMs = 120_000;

export interface RoundResult {
  /** Null when something is left; then `blockers` says what. */
  readonly receipt: Receipt | null;
  readonly blockers: readonly CleanupBlocker[];
  readonly found: boolean;
  readonly evidence: readonly string[];
}

/** Tries every step once (with retries within five minutes), whatever the others came to, then reads everything back. */
export async function cleanupRound(target: CleanupTarget, progress: CleanupProgress): Promise<RoundResult> {
  const blockers: CleanupBlocker[] = [];
  const seen = { found: progress.found, evidence: progress.evidence };
  let podsGone = false;
  const attempt = async (step: CleanupBlocker['step'], work: () => Promise<void>): Promise<void> => {
    try {
      await work();
    } catch (error) {
      if (isCancellation(error)) throw error;
      const { type, summary } = reportOf(error);
      blockers.push({ step, problem: { type, where: null, message: summary } });
    }
  };
  const namespace = async (): Promise<void> => {
    const deleted = await roundActivities(`delete namespace ${target.namespace}`).deleteNamespace(target);
    podsGone = true;
    if (deleted.state === 'draining') {
      seen.found = true;
      if (deleted.evidence.length > 0) seen.evidence = deleted.evidence;
      await roundActivities(`wait until ${target.namespace} is gone`).awaitNamespaceGone(target);
    }
  };
  const database = async (): Promise<void> => {
    await condition(() => podsGone, podsMayKeepDatabaseMs);
    const dropped = await roundActivities(`drop database ${target.database ?? ''}`).dropDatabase(target);
    if (dropped.state === 'absent' && dropped.found) seen.found = true;
  };
  const refused: ReceiptItem[] = [];
  const github = async (): Promise<void> => {
    const ref = { owner: target.owner, repository: target.repository, number: target.number };
    try {
      await roundActivities('end GitHub deployments').endDeployments({ ref });
    } catch (error) {
      const { type, summary } = reportOf(error);
      if (isCancellation(error) || !type.startsWith('GitHub') || !isPermanent(type)) throw error;
      // a repository that is gone, or a token that lost its rights, holds nothing of the cluster: it is told, not awaited
      const name = `preview:${target.number}`;
      refused.push({ kind: 'github-deployment', name, state: 'unknown', detail: summary });
    }
  };
  await Promise.all([
    attempt('namespace', namespace),
    ...(target.database === null ? [] : [attempt('database', database)]),
    attempt('github', github),
  ]);
  let receipt: Receipt | null = null;
  await attempt('namespace', async () => {
    const read = await roundActivities('read back that everything is gone').readBack({ target });
    const left = read.items.filter(({ state }) => state === 'present');
    // what failed has said why; only what is left for no reason that is known is told here
    if (blockers.length === 0) blockers.push(...left.map(stillThere));
    if (left.length === 0 && blockers.length === 0)
      receipt = {
        items: [...read.items, ...refused],
        found: seen.found,
        readAt: read.readAt,
        evidence: seen.evidence,
      };
  });
  return { receipt, blockers, ...seen };
}

function stillThere({ kind, name, detail }: ReceiptItem): CleanupBlocker {
  const isNamespace = kind === 'namespace';
  return {
    step: isNamespace ? 'namespace' : 'database',
    problem: {
      type: isNamespace ? 'NamespaceStuck' : 'DatabaseBusy',
      where: name,
      message: `${kind} ${name} is still there${detail === '' ? '' : `: ${detail}`}`,
    },
  };
}
