import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import type { FoundThings } from './messages.ts';
import type { PullRequestRef } from './pull-request.ts';
import { judgeAbsent } from './reconcile-absent.ts';
import type { Misfit, Stuck } from './reconcile-open.ts';
import { judgeOpen } from './reconcile-open.ts';
import { startsPreview } from './reconcile-policy.ts';
import type { Sighting } from './reconcile-sightings.ts';
import { sightings } from './reconcile-sightings.ts';
import type { DescribedPreview, OrphanKind, ReapWorld } from './reconcile-world.ts';
import { capacityWorkflowId } from './workflow-ids.ts';

/** One message that the reaper sends, and why, in one line. */
export type ReapAction = { readonly workflowId: string; readonly why: string } & (
  | {
      readonly kind: 'look';
      readonly ref: PullRequestRef;
      /** What is there though it holds nothing; null: nothing of that kind. */
      readonly found: FoundThings | null;
    }
  | { readonly kind: 'clean-up'; readonly ref: PullRequestRef; readonly found: FoundThings }
  | { readonly kind: 'push'; readonly ref: PullRequestRef; readonly sha: string }
  | { readonly kind: 'release'; readonly leaseId: string }
  | { readonly kind: 'start-pool' }
);

/** Every kind of message that the reaper sends. */
export const actionKinds = [
  /** `reap` to an open preview: it reads everything again. */
  'look',
  /** `reap` that starts a preview's workflow where none is open, to take away what was found. */
  'clean-up',
  /** `push` that starts one. */
  'push',
  /** A place whose holder is gone. */
  'release',
  /** `configure` that starts the pool's workflow where none is open and previews need it. */
  'start-pool',
] as const satisfies readonly ReapAction['kind'][];

/** Something whose preview could not be asked for: nothing is concluded. */
export interface UnknownPreview {
  readonly workflowId: string;
  readonly why: string;
}

/** An orphan that was found, whether anything is done about it in this run or not. */
export interface Orphan {
  readonly kind: OrphanKind;
  readonly workflowId: string;
  readonly name: string;
}

/** What follows from what was seen. */
export interface Findings {
  /** At most `actionsAtMost`, in an order that differs from run to run, so that none waits for ever. */
  readonly actions: readonly ReapAction[];
  /** How many more there would be: for the next run. */
  readonly leftOver: number;
  readonly orphans: readonly Orphan[];
  readonly misfits: readonly Misfit[];
  readonly unknown: readonly UnknownPreview[];
  readonly stuck: readonly Stuck[];
  /** Previews left alone because something of theirs is younger than ten minutes. */
  readonly young: number;
}

/** Messages of one run. */
export const actionsAtMost = 50;

/**
 * The workflow ids that have to be described before anything is concluded: of everything that exists, and of pull
 * requests that should have a preview. A pull request that nothing would start, and of which nothing is there, is left
 * out.
 */
export function nominate(world: ReapWorld): string[] {
  return sightings(world)
    .filter(
      ({ listed, namespaces, databases, leases, pullRequest }) =>
        listed ||
        namespaces.length + databases.length + leases.length > 0 ||
        (pullRequest !== null && startsPreview(world.scope, pullRequest)),
    )
    .map(({ workflowId }) => workflowId);
}

/**
 * Compares what exists with what should. What is not known, because a system did not answer or a preview was not
 * described, is never taken for gone; what is younger than ten minutes is left.
 *
 * @param described what Temporal said of the nominated, in any order.
 * @param now epoch milliseconds.
 */
export function reconcile(world: ReapWorld, described: readonly DescribedPreview[], now: number): Findings {
  const answers = new Map(described.map((answer) => [answer.workflowId, answer]));
  const nominated = new Set(nominate(world));
  const verdicts = sightings(world)
    .filter(({ workflowId }) => nominated.has(workflowId))
    .map((sighting) => judge(world, { sighting, answer: answers.get(sighting.workflowId) }, now));
  const actions = [
    ...startsPool(world, described),
    ...fairly(
      verdicts.flatMap((verdict) => verdict.actions ?? []),
      now,
    ),
  ];
  return {
    actions: actions.slice(0, actionsAtMost),
    leftOver: Math.max(0, actions.length - actionsAtMost),
    orphans: verdicts.flatMap(({ orphans = [] }) => orphans),
    misfits: verdicts.flatMap(({ misfits = [] }) => misfits),
    unknown: verdicts.flatMap(({ unknown }) => (unknown ? [unknown] : [])),
    stuck: verdicts.flatMap(({ stuck = [] }) => stuck),
    young: verdicts.filter(({ young }) => young === true).length,
  };
}

/** What is concluded of one pull request; what is left out is nothing. */
export interface Verdict {
  readonly actions?: readonly ReapAction[];
  readonly orphans?: readonly Orphan[];
  readonly misfits?: readonly Misfit[];
  readonly stuck?: readonly Stuck[];
  readonly unknown?: UnknownPreview;
  readonly young?: boolean;
}

function judge(
  world: ReapWorld,
  { sighting, answer }: { readonly sighting: Sighting; readonly answer: DescribedPreview | undefined },
  now: number,
): Verdict {
  const { workflowId } = sighting;
  switch (answer?.state) {
    case undefined:
      return { unknown: { workflowId, why: 'it was not described' } };
    case 'unknown':
      return { unknown: { workflowId, why: answer.why } };
    case 'absent':
      return judgeAbsent(world, sighting, now);
    case 'open':
      return judgeOpen(world, { sighting, open: answer }, now);
  }
}

/** Nobody else would start it until one of those who wait asks again. */
function startsPool({ scope, pool }: ReapWorld, described: readonly DescribedPreview[]): ReapAction[] {
  if (pool !== 'closed') return [];
  const memos = described.flatMap((one) => (one.state === 'open' && one.memo ? [one.memo] : []));
  const waiting = memos.filter(({ phase }) => phase === 'queued').length;
  const holding = memos.filter(({ phase, holds }) => phase !== 'queued' && holds === 'yes').length;
  if (waiting + holding === 0) return [];
  const why = `no workflow gives places, which ${waiting} wait for and ${holding} hold`;
  return [{ kind: 'start-pool', workflowId: capacityWorkflowId(scope.platform), why }];
}

/** Another order in each run: with more to do than one run does, none is the last for ever. */
function fairly(actions: readonly ReapAction[], now: number): ReapAction[] {
  const keyed = actions.map((action) => ({
    action,
    key: bytesToHex(sha256(utf8ToBytes(`${now} ${action.kind} ${action.workflowId}`))),
  }));
  return keyed.sort((one, other) => (one.key < other.key ? -1 : 1)).map(({ action }) => action);
}
