import { setTimeout as delay } from 'node:timers/promises';
import type { PullRequestRef } from '../domain/pull-request.ts';
import { formatRef } from '../domain/pull-request.ts';
import type { Phase, PreviewStatus } from '../domain/status.ts';
import { ClientError } from './exit-codes.ts';
import type { PreviewReading, PreviewReadings } from './preview-readings.ts';

/** What is waited for: a commit that is served, a preview that is gone, or one that does nothing more by itself. */
export type Goal = 'served' | 'gone' | 'still';

export interface FollowOptions {
  readonly goal: Goal;
  /** Commit that is to be served; once the pull request has another one, it is waited no longer. Default: any. */
  readonly commit?: string | null;
  /** Milliseconds after which it is waited no longer. */
  readonly timeoutMs: number;
  /** Milliseconds between two questions. Default 1 s. */
  readonly everyMs?: number;
  /** How long nobody may answer at first, in milliseconds: there may be no worker at all. Default 6 s. */
  readonly patienceMs?: number;
  /** Told what changed: first at once, then whenever phase, reason or position in the queue are others. */
  readonly onChange: (status: PreviewStatus) => void;
  readonly signal?: AbortSignal;
}

/** How long nobody may answer once somebody did: a worker that is replaced, a Temporal that restarts. */
const laterSilenceMs = 90_000;

type Answered = PreviewReading & { readonly kind: 'answered' };

/** Where a preview came to. */
export type FollowEnd =
  | { readonly kind: 'reached'; readonly status: PreviewStatus }
  /** It cannot get there by itself. */
  | { readonly kind: 'elsewhere'; readonly status: PreviewStatus; readonly reason: string }
  /** The pull request has another commit than the one that was waited for. */
  | { readonly kind: 'superseded'; readonly status: PreviewStatus };

/**
 * Follows a preview until it is where it should be.
 *
 * @throws {ClientError} `refused` when it ends elsewhere or the pull request has another commit, and as `followToEnd`.
 */
export async function follow(
  client: Pick<PreviewReadings, 'status'>,
  ref: PullRequestRef,
  options: FollowOptions,
): Promise<PreviewStatus> {
  const end = await followToEnd(client, ref, options);
  if (end.kind === 'elsewhere') throw new ClientError('refused', `${formatRef(ref)}: ${end.reason}`);
  if (end.kind === 'superseded') {
    const [head, asked] = [end.status.commit, options.commit].map(
      (commit) => commit?.slice(0, 7) ?? 'unknown',
    );
    throw new ClientError(
      'refused',
      `${formatRef(ref)}: its head is ${head}, not ${asked}, which was waited for; the preview follows the head`,
    );
  }
  return end.status;
}

/**
 * Follows a preview until it is where it should be, or cannot get there by itself. A status counts only once the
 * preview has looked at the pull request for the last message: before that it may tell of an older commit.
 *
 * @throws {ClientError} `waitOver`, `workerSilent`, `temporalAway`, `interrupted`.
 */
export async function followToEnd(
  client: Pick<PreviewReadings, 'status'>,
  ref: PullRequestRef,
  options: FollowOptions,
): Promise<FollowEnd> {
  const { goal, timeoutMs, everyMs = 1_000, patienceMs = 6_000, onChange, signal } = options;
  const deadline = Date.now() + timeoutMs;
  let told = '';
  let heardAt: number | null = null;
  const startedAt = Date.now();
  for (;;) {
    const reading = await ask(client, ref);
    if (!(reading instanceof ClientError)) {
      heardAt = Date.now();
      const { status } = reading;
      const now = JSON.stringify([status.phase, status.reason, status.looking, status.queue?.position]);
      if (now !== told) onChange(status);
      told = now;
      const end = endOf(reading, options);
      if (end !== null) return { ...end, status };
    } else if (Date.now() - (heardAt ?? startedAt) > (heardAt === null ? patienceMs : laterSilenceMs)) {
      throw reading;
    }
    if (Date.now() >= deadline) {
      throw new ClientError(
        'waitOver',
        `${formatRef(ref)} is not ${goal} after ${Math.round(timeoutMs / 1000)} s; it goes on without us`,
      );
    }
    await pause(everyMs, ref, signal);
  }
}

/** What the preview says, or why nobody says anything. */
async function ask(
  client: Pick<PreviewReadings, 'status'>,
  ref: PullRequestRef,
): Promise<Answered | ClientError> {
  try {
    const reading = await client.status(ref);
    return reading.kind === 'answered' ? reading : silent(ref, reading);
  } catch (error) {
    if (error instanceof ClientError && error.code === 'temporalAway') return error;
    throw error;
  }
}

/** No worker answers: what was sent is kept and done once one is there. */
function silent(ref: PullRequestRef, reading: PreviewReading): ClientError {
  const memo = reading.kind === 'silent' ? reading.memo : null;
  const last = memo === null ? '' : ` Last known: ${memo.phase}, ${memo.reason}.`;
  return new ClientError(
    'workerSilent',
    `No worker answers for ${formatRef(ref)}; Temporal keeps what was sent until one does.${last}`,
  );
}

const steady: Readonly<Record<Goal, readonly Phase[]>> = {
  served: ['ready', 'update-failed', 'failed', 'gone', 'awaiting-approval'],
  gone: ['gone', 'ready', 'update-failed', 'failed', 'awaiting-approval'],
  still: ['ready', 'update-failed', 'failed', 'gone', 'awaiting-approval'],
};

type End =
  | { readonly kind: 'reached' | 'superseded' }
  | { readonly kind: 'elsewhere'; readonly reason: string };

/** Null while it is open where it comes to. */
function endOf({ run, status }: Answered, { goal, commit = null }: FollowOptions): End | null {
  // A workflow that has ended does nothing more, whatever its last words were.
  if (run === 'closed')
    return goal === 'served' ? elsewhere(`there is nothing to serve: ${status.reason}`) : { kind: 'reached' };
  // a repository that GitHub does not show us would be asked for as long as anybody waits
  if (status.unread && goal !== 'still') return elsewhere(status.unread);
  if (status.looking === true) return null;
  if (commit !== null && status.commit !== null && status.commit !== commit) return { kind: 'superseded' };
  if (status.settling || !steady[goal].includes(status.phase)) return null;
  if (goal === 'still' || status.phase === (goal === 'served' ? 'ready' : 'gone')) return { kind: 'reached' };
  return elsewhere(`${status.phase}: ${status.failure?.summary || status.reason}`);
}

function elsewhere(reason: string): End {
  return { kind: 'elsewhere', reason };
}

async function pause(ms: number, ref: PullRequestRef, signal: AbortSignal | undefined): Promise<void> {
  try {
    await delay(ms, undefined, signal ? { signal } : {});
  } catch (cause) {
    throw new ClientError('interrupted', `Interrupted; ${formatRef(ref)} goes on without us`, { cause });
  }
}
