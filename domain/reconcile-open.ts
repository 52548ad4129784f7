import type { Verdict } from './reconcile.ts';
import { foundIn, releases } from './reconcile-absent.ts';
import { isSurelyNotOpen, isYoung } from './reconcile-policy.ts';
import type { Sighting } from './reconcile-sightings.ts';
import type { DescribedPreview, MisfitKind, ReapWorld, SeenMemo } from './reconcile-world.ts';

/** How an open preview and the world disagree. */
export interface Misfit {
  readonly kind: MisfitKind;
  readonly workflowId: string;
  /** In one line. */
  readonly what: string;
}

/** Every way in which a preview does not get on by itself. */
export const stuckKinds = ['past-deadline', 'failing-task', 'cleanup-stuck', 'namespace-missing'] as const;

/** A preview that a person should look at. */
export interface Stuck {
  readonly kind: (typeof stuckKinds)[number];
  readonly workflowId: string;
  readonly why: string;
}

type OpenPreview = DescribedPreview & { readonly state: 'open' };

/** How long after its deadline a preview should have begun to be taken away. */
const pastDeadlineMs = 15 * 60_000;

/** A workflow task that was tried more often than this fails, it does not wait for a worker. */
const taskAttemptsAtMost = 3;

/**
 * What follows for an open preview: a second look where it and the world disagree, and nothing else. One that is
 * healthy hears nothing, however often the reaper runs. One whose workflow task fails would not read what it is sent.
 */
export function judgeOpen(
  world: ReapWorld,
  { sighting, open }: { readonly sighting: Sighting; readonly open: OpenPreview },
  now: number,
): Verdict {
  const { workflowId, ref } = sighting;
  const { memo, taskAttempt } = open;
  if (taskAttempt > taskAttemptsAtMost) {
    const why = `its workflow task fails, ${taskAttempt} times so far; the worker's log says why`;
    return { stuck: [{ kind: 'failing-task', workflowId, why }] };
  }
  if (memo === null) return {};
  const unheld = holdsNothing(memo) ? ofThings(sighting, now) : [];
  const misfits = [...unheld, ...ofPullRequest(world, { sighting, memo }, now), ...ofDeadline(memo, now)].map(
    (misfit): Misfit => ({ ...misfit, workflowId }),
  );
  const found = unheld.length > 0 ? foundIn(sighting) : null;
  const why = misfits.map(({ what }) => what).join('; ');
  return {
    misfits,
    stuck: [
      ...stuckOf(workflowId, memo, now),
      ...(isWithoutNamespace(world, { sighting, memo, startedAt: open.startedAt }, now)
        ? [{ kind: 'namespace-missing', workflowId, why: withoutNamespace } as const]
        : []),
    ],
    actions: [
      ...(misfits.length > 0 ? [{ kind: 'look', workflowId, ref, found, why } as const] : []),
      ...(rests(memo) ? releases(world, sighting, now) : []),
    ],
  };
}

type Found = Omit<Misfit, 'workflowId'>;

/** It holds nothing and wants nothing, as it says itself. */
function rests({ phase, holds }: SeenMemo): boolean {
  return holds === 'no' && (phase === 'gone' || phase === 'failed');
}

/** It has nothing under way, and knows of nothing that it holds: an earlier life may have left what is there. */
function holdsNothing({ phase, holds }: SeenMemo): boolean {
  return holds !== 'yes' && (phase === 'gone' || phase === 'failed' || phase === 'awaiting-approval');
}

function isCleaning({ phase }: SeenMemo): boolean {
  return phase === 'cleaning-up' || phase === 'cleanup-stuck';
}

function ofThings({ namespaces, databases }: Sighting, now: number): Found[] {
  // one that is going away was seen a moment before the preview knew that it is gone
  const there = namespaces.filter(({ terminating, createdAt }) => !terminating && !isYoung(createdAt, now));
  return [
    ...there.map(({ name }) =>
      misfit('namespace-unheld', `it holds nothing, but namespace ${name} is there`),
    ),
    ...databases
      .filter(({ createdAt }) => !isYoung(createdAt, now))
      .map(({ name }) =>
        misfit('database-unheld', `it holds nothing, but database or role ${name} is there`),
      ),
  ];
}

const withoutNamespace =
  'it says that it serves, but its namespace is not there: somebody deleted it. "preview close" and then "preview deploy" make it anew, a push too';

/** A second look would not help: a preview does not deploy again what it takes for live. */
function isWithoutNamespace(
  { namespaces: list }: ReapWorld,
  { sighting, memo, startedAt }: { sighting: Sighting; memo: SeenMemo; startedAt: number },
  now: number,
): boolean {
  const serves = memo.holds === 'yes' && (memo.phase === 'ready' || memo.phase === 'update-failed');
  return serves && list.ok && sighting.namespaces.length === 0 && !isYoung(startedAt, now);
}

function ofPullRequest(
  world: ReapWorld,
  { sighting, memo }: { sighting: Sighting; memo: SeenMemo },
  now: number,
): Found[] {
  const { pullRequest } = sighting;
  if (isSurelyNotOpen(world, sighting)) {
    if (memo.pullRequest !== 'open' || isCleaning(memo)) return [];
    return [misfit('pull-request-closed', 'the pull request is not open any more')];
  }
  if (pullRequest === null || isYoung(pullRequest.updatedAt, now)) return [];
  if (memo.pullRequest === 'closed')
    return [misfit('pull-request-reopened', 'the pull request is open again')];
  if (memo.head === null || memo.head === pullRequest.sha) return [];
  // what rests where only a command brings it back keeps the head that it had
  if (rests(memo) && !pullRequest.startsByItself) return [];
  const [known, head] = [memo.head.slice(0, 7), pullRequest.sha.slice(0, 7)];
  return [misfit('head-differs', `it knows commit ${known}, the pull request is at ${head}`)];
}

function ofDeadline(memo: SeenMemo, now: number): Found[] {
  if (!isPastDeadline(memo, now) || isCleaning(memo)) return [];
  return [misfit('past-deadline', overdue(memo))];
}

function stuckOf(workflowId: string, memo: SeenMemo, now: number): Stuck[] {
  if (memo.phase === 'cleanup-stuck') return [{ kind: 'cleanup-stuck', workflowId, why: memo.reason }];
  if (!isPastDeadline(memo, now)) return [];
  return [{ kind: 'past-deadline', workflowId, why: overdue(memo) }];
}

function isPastDeadline({ deadline, holds }: SeenMemo, now: number): boolean {
  return deadline !== null && holds !== 'no' && now - deadline > pastDeadlineMs;
}

function overdue({ deadline, phase }: SeenMemo): string {
  return `its deadline was ${new Date(deadline ?? 0).toISOString()}, and it is ${phase}`;
}

function misfit(kind: MisfitKind, what: string): Found {
  return { kind, what };
}
