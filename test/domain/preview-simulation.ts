import type { Attempt } from '../../domain/attempt.ts';
import { sameAttempt } from '../../domain/attempt.ts';
import { leaseId, parseLeaseId } from '../../domain/capacity-messages.ts';
import { deadlineOf, dueWarning } from '../../domain/deadline.ts';
import type { Step } from '../../domain/decide.ts';
import { extendPreview } from '../../domain/extend-preview.ts';
import { leasesToGiveBack, nextStep, placeNeed } from '../../domain/decide.ts';
import { plainReport } from '../../domain/failures.ts';
import type { CheckedPlan, CheckOutcome, DeployOutcome } from '../../domain/outcome.ts';
import type { PreviewState } from '../../domain/preview.ts';
import { initialState } from '../../domain/preview.ts';
import type { PreviewEvent } from '../../domain/preview-events.ts';
import { apply } from '../../domain/preview-events.ts';
import { previewWorkflowId } from '../../domain/workflow-ids.ts';
import { checkedPlan, pullRequest, receipt, ref, sha } from './support.ts';

/** How something ends that was started; where a kind of work knows no such end, it succeeds. */
export type End =
  | 'well'
  | 'stale'
  | 'failed'
  | 'refused'
  | 'missing'
  | 'approval'
  | 'plan-changed'
  | 'stopped'
  | 'over';

type Instant = 'wait' | 'finish' | 'expire' | 'stop' | 'warn' | 'check-again' | 'stop-deletion';
type Work = Exclude<Step['kind'], Instant>;

/** GitHub and the platform’s policy. */
interface GitHub {
  readonly head: number;
  readonly open: boolean;
  readonly startsByItself: boolean;
}

interface Pending {
  readonly work: Work;
  readonly attempt: Attempt | null;
  readonly commit: string;
  readonly seen: GitHub;
  /** Leases that are given back. */
  readonly ids: readonly string[];
}

/** One pool as this preview sees it: others may take every place. */
interface Pool {
  /** Others hold every place. */
  full: boolean;
  granted: string | null;
  entry: { readonly id: string; readonly ready: boolean } | null;
}

const failure = plainReport('ServiceFailed', 'it broke');
const away = plainReport('RegistryUnavailable', 'the registry does not answer');

/** GitHub, what exists in the world, and one preview's workflow, played without Temporal. Throws where a rule is broken. */
export class Simulation {
  now = 1_000_000;
  state: PreviewState = initialState(ref, this.now);
  github: GitHub = { head: 1, open: true, startsByItself: true };
  /** How many commits there are; each push makes a new one. */
  commits = 1;
  /** A namespace is there. */
  exists = false;
  /** No run of the workflow is open. */
  finished = true;
  /** Some life ended without running any code. */
  terminated = false;
  readonly pool: Pool = { full: false, granted: null, entry: null };
  #pending: Pending[] = [];
  #served: Attempt = { headSeq: 0, retry: 0 };
  /** How often it changed what is wanted, and how often it had when the plan was checked. */
  #wishes = 0;
  #checkedWish = 0;
  #together = false;

  /** What happens next and what follows it arrive in one workflow task: the loop sees only what came of both. */
  together(): void {
    this.#together = true;
  }

  /** A message that starts no run. */
  tell(event: PreviewEvent): void {
    if (!this.finished) this.send(event);
  }

  /** A person's extension, as the handler of the Update asks for it. */
  extend(durationMs: number | null): void {
    const extension = extendPreview(this.state, durationMs, this.now);
    if (extension.ok && this.state.running.cleanup) throw new Error('extends what is being taken away');
    if (extension.ok) this.tell({ kind: 'extended', until: extension.until });
    else if (extension.reason === '') throw new Error('refuses without a reason');
  }

  /** Somebody terminates the workflow and its children: no code runs, what exists stays. */
  terminate(): void {
    this.finished = true;
    this.terminated = true;
    this.#pending = [];
    this.now += 1;
  }

  /** Others take every place, or give one back. */
  fill(full: boolean): void {
    this.pool.full = full;
    this.#grant();
  }

  /** A message; it starts a run where none is open, as signal-with-start does. */
  send(event: PreviewEvent): void {
    if (this.finished) {
      this.state = initialState(ref, this.now);
      this.finished = false;
      this.#served = { headSeq: 0, retry: 0 };
    }
    this.#record(event);
    this.#loop();
  }

  /** Ends one of the things that run; the number picks which. */
  end(pick: number, end: End): void {
    const pending = this.#pending[pick % Math.max(1, this.#pending.length)];
    if (pending === undefined) return;
    this.#pending = this.#pending.filter((other) => other !== pending);
    this.#record(this.#eventOf(pending, end));
    if (pending.work === 'ask-place') this.#grant();
    this.#loop();
  }

  /** The pool's word, once there is a place. */
  #grant(): void {
    const { full, entry, granted } = this.pool;
    if (entry === null || this.finished) return;
    const adopted = granted !== null;
    if (adopted || (entry.ready && !full)) {
      this.pool.granted = entry.id;
      this.pool.entry = null;
      this.send({ kind: 'lease-heard', message: { id: entry.id, state: 'granted', place: null } });
    } else {
      this.send({
        kind: 'lease-heard',
        message: { id: entry.id, state: 'queued', position: 1, estimateMs: null },
      });
    }
  }

  advance(ms: number): void {
    this.now += ms;
    if (!this.finished) this.#loop();
  }

  /** Everything ends well from now on, and time passes, until the preview rests. */
  rest(): void {
    this.#together = false;
    this.fill(false);
    if (!this.finished) this.#loop();
    for (let round = 0; round < 200; round += 1) {
      if (this.#pending.length > 0) this.end(0, 'well');
      else if (this.finished) return;
      else {
        const step = nextStep(this.state, this.now);
        if (step.kind !== 'wait') throw new Error(`rests at ${step.kind}`);
        if (step.until === null || step.until === deadlineOf(this.state.lifetime)) return;
        this.advance(step.until - this.now);
      }
    }
    throw new Error('never rests');
  }

  #record(event: PreviewEvent): void {
    const { wanted, checked } = this.state;
    this.state = apply(this.state, event, this.now);
    if (!sameAttempt(this.state.wanted, wanted)) this.#wishes += 1;
    if (this.state.checked !== checked) this.#checkedWish = this.#wishes;
  }

  /** The workflow's loop: steps until there is nothing to do but wait. */
  #loop(): void {
    if (this.#together) {
      this.#together = false;
      return;
    }
    for (let steps = 0; steps < 20; steps += 1) {
      const step = nextStep(this.state, this.now);
      if (step.kind === 'wait') {
        if (step.until !== null && step.until <= this.now)
          throw new Error(`waits for the past, ${step.what}`);
        return;
      }
      if (step.kind === 'finish') return this.#finish();
      const before = JSON.stringify(this.state);
      this.#start(step.kind);
      if (JSON.stringify(this.state) === before) throw new Error(`${step.kind} changes nothing`);
    }
    throw new Error('steps without end');
  }

  #finish(): void {
    if (this.#pending.length > 0) throw new Error(`finishes while ${this.#pending[0]?.work} runs`);
    // a run of which nothing was asked is none: what an earlier life left is the reaper's to find
    if (this.exists && this.state.ending !== null) throw new Error('finishes and leaves something behind');
    // one of an earlier life is passed over once its workflow is not found
    const own = parseLeaseId(this.pool.entry?.id ?? '');
    if (own !== null && own.number >= this.state.place.number)
      throw new Error('finishes and stays in the queue');
    if (this.state.ending === 'closed' && this.state.pullRequest?.state === 'open')
      throw new Error('finishes while the pull request is open');
    if (this.state.ending === 'closed' && this.state.own.images.length > 0)
      throw new Error('finishes and leaves its images');
    this.finished = true;
  }

  #start(kind: Exclude<Step['kind'], 'wait' | 'finish'>): void {
    const { wanted, checked, images } = this.state;
    if (kind === 'stop') return this.#record({ kind: 'stopping' });
    if (kind === 'stop-deletion') return this.#record({ kind: 'deletion-stopping' });
    if (kind === 'expire') return this.#record({ kind: 'expired' });
    if (kind === 'check-again') return this.#record({ kind: 'check-retried' });
    if (kind === 'warn') {
      const distance = dueWarning(this.state.lifetime, this.now);
      if (distance === null) throw new Error('warns of nothing');
      return this.#record({ kind: 'warned', distance });
    }
    const attempt =
      { check: wanted, deploy: checked?.attempt, 'await-images': images?.attempt }[kind as 'check'] ?? null;
    const checkedCommit = kind === 'deploy' ? checked?.plan.reference.inputs.commit : undefined;
    this.#refuseOverlap(kind);
    if (kind === 'deploy') this.#noteDeploy(attempt);
    if (kind === 'delete-images' && this.state.pullRequest?.state !== 'closed')
      throw new Error('images of an open pull request are deleted');
    const commit = checkedCommit ?? this.state.pullRequest?.head.sha ?? '';
    const ids = kind === 'give-back' ? leasesToGiveBack(this.state) : [];
    this.#pending.push({ work: kind, attempt, commit, seen: this.github, ids });
    this.#record(this.#startOf(kind, { attempt: attempt ?? { headSeq: 0, retry: 0 }, ids }));
    if (kind === 'ask-place') this.#ask();
  }

  #refuseOverlap(kind: Work): void {
    const alone: readonly Work[] = ['check', 'await-images', 'deploy', 'restore', 'cleanup', 'delete-images'];
    const others = this.#pending.map(({ work }) => work);
    const clash = others.find((work) => work === kind || (alone.includes(kind) && alone.includes(work)));
    if (clash !== undefined) throw new Error(`${kind} starts while ${clash} runs`);
  }

  #noteDeploy(attempt: Attempt | null): void {
    if (attempt === null) throw new Error('a deploy of nothing');
    if (this.#checkedWish !== this.#wishes)
      throw new Error('a plan is deployed that was checked for another wish');
    const { headSeq, retry } = this.#served;
    if (attempt.headSeq < headSeq || (attempt.headSeq === headSeq && attempt.retry < retry))
      throw new Error('an older attempt is deployed after a newer one');
    this.#served = attempt;
    if (this.pool.granted === null) throw new Error('something is created without a place');
    this.exists = true;
  }

  #ask(): void {
    const { place } = this.state;
    if (place.granted !== null) return;
    this.pool.entry = {
      id: leaseId(previewWorkflowId(ref), place.number),
      ready: place.told?.ready ?? false,
    };
  }

  #giveBack(ids: readonly string[]): void {
    const { granted, entry } = this.pool;
    const number = (id: string): number => parseLeaseId(id)?.number ?? 0;
    const freed = (id: string): boolean => ids.some((one) => number(one) >= number(id));
    if (granted !== null && freed(granted)) {
      if (this.exists) throw new Error('a place is given back while something is there');
      this.pool.granted = null;
    }
    if (entry !== null && freed(entry.id)) this.pool.entry = null;
  }

  #eventOf({ work, attempt: tried, commit, seen, ids }: Pending, end: End): PreviewEvent {
    const attempt = tried ?? { headSeq: 0, retry: 0 };
    const stopped = this.state.running.stopping && end !== 'well';
    const againAt = this.now + 60_000;
    switch (work) {
      case 'read':
        if (end === 'failed') return { kind: 'reading-failed', failure, againAt };
        return { kind: 'pull-request-read', pullRequest: readOf(end === 'stale' ? seen : this.github) };
      case 'check':
        return {
          kind: 'check-ended',
          attempt,
          outcome: stopped ? { outcome: 'stopped' } : this.#checked(commit, end),
        };
      case 'await-images':
        return { kind: 'images-ended', ended: stopped ? 'stopped' : end === 'over' ? 'over' : 'complete' };
      case 'ask-place':
        return { kind: 'place-told' };
      case 'give-back':
        this.#giveBack(ids);
        return { kind: 'given-back', ids };
      case 'delete-images':
        if (this.exists) throw new Error('images are deleted that something runs');
        if (this.state.running.deletion === 'stopping' && end !== 'well') return { kind: 'deletion-stopped' };
        if (end === 'failed' || end === 'refused')
          return { kind: 'images-not-deleted', reason: 'away', permanent: end === 'refused' };
        return { kind: 'images-deleted', deleted: { deleted: 1, kept: [] } };
      case 'deploy':
        return { kind: 'deploy-ended', attempt, outcome: deployed(stopped ? 'stopped' : end, this.now) };
      case 'restore':
        return { kind: 'restore-ended', outcome: deployed(stopped ? 'stopped' : end, this.now) };
      case 'cleanup':
        return { kind: 'cleanup-ended', receipt: { ...receipt, found: this.#takeAway() } };
      case 'report':
        if (end === 'failed') return { kind: 'report-failed', againAt };
        return end === 'refused' ? { kind: 'report-failed', againAt: null } : { kind: 'reported' };
    }
  }

  /** Whether anything was there. */
  #takeAway(): boolean {
    const found = this.exists;
    this.exists = false;
    return found;
  }

  #startOf(
    kind: Work,
    { attempt, ids }: { readonly attempt: Attempt; readonly ids: readonly string[] },
  ): PreviewEvent {
    switch (kind) {
      case 'read':
        return { kind: 'reading-started' };
      case 'check':
        return { kind: 'check-started', attempt };
      case 'await-images':
        return { kind: 'images-awaited', attempt };
      case 'ask-place': {
        const need = placeNeed(this.state, this.now);
        if (need === null) throw new Error('asks for a place that is not needed');
        return { kind: 'place-asked', need };
      }
      case 'give-back':
        return { kind: 'giving-back', ids };
      case 'delete-images':
        return { kind: 'images-deleting' };
      case 'deploy':
        return { kind: 'deploy-started', attempt };
      case 'restore':
        return { kind: 'restore-started' };
      case 'cleanup':
        return { kind: 'cleanup-started' };
      case 'report':
        return { kind: 'report-started' };
    }
  }

  #checked(commit: string, end: End): CheckOutcome {
    const { exists } = this;
    if (!this.github.open || sha(this.github.head) !== commit)
      return { outcome: 'outdated', pullRequest: readOf(this.github) };
    const outcomes: Partial<Record<End, CheckOutcome>> = {
      failed: { outcome: 'refused', failure: away, exists: null },
      refused: { outcome: 'refused', failure, exists },
      missing: {
        outcome: 'images-missing',
        missing: [],
        requests: [],
        waitMs: 600_000,
        build: null,
        failure,
        exists,
      },
      approval: { outcome: 'approval-needed', reason: 'an outsider' },
      stopped: { outcome: 'stopped' },
    };
    return outcomes[end] ?? { outcome: 'ready', plan: planOf(commit), warnings: [], exists };
  }
}

/** Each commit has an image of its own, under one tag. */
function planOf(commit: string): CheckedPlan {
  const image = { repository: 'ghcr.io/example/ui', tag: 'pr-7', digest: `sha256:${commit}` };
  return checkedPlan(commit, { ownImages: [image], keepImagesMs: 3_600_000 });
}

function readOf({ head, open, startsByItself }: GitHub): ReturnType<typeof pullRequest> {
  return pullRequest({ commit: sha(head), state: open ? 'open' : 'closed', startsByItself });
}

function deployed(end: End, verifiedAt: number): DeployOutcome {
  const failed = { outcome: 'failed', failure, touched: ['ui'], notes: [] } as const;
  const outcomes: Partial<Record<End, DeployOutcome>> = {
    failed: { ...failed, restored: true },
    refused: { ...failed, restored: false },
    stopped: { outcome: 'stopped', touched: ['ui'] },
    'plan-changed': { outcome: 'plan-changed', ...(verifiedAt % 2 === 0 ? { touched: ['ui'] } : {}) },
  };
  return outcomes[end] ?? { outcome: 'verified', verifiedAt, notes: [] };
}
