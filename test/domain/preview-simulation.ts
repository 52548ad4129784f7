import type { Attempt } from '../../domain/attempt.ts';
import { sameAttempt } from '../../domain/attempt.ts';
import type { Step } from '../../domain/decide.ts';
import { nextStep } from '../../domain/decide.ts';
import { plainReport } from '../../domain/failures.ts';
import type { CheckOutcome, DeployOutcome } from '../../domain/outcome.ts';
import type { PreviewState } from '../../domain/preview.ts';
import { initialState } from '../../domain/preview.ts';
import type { PreviewEvent } from '../../domain/preview-events.ts';
import { apply } from '../../domain/preview-events.ts';
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

type Work = Exclude<Step['kind'], 'wait' | 'finish' | 'expire' | 'stop'>;

interface Pending {
  readonly work: Work;
  readonly attempt: Attempt | null;
  readonly commit: string;
  readonly seen: { readonly head: number; readonly open: boolean };
}

const failure = plainReport('ServiceFailed', 'it broke');

/** GitHub, what exists in the world, and one preview's workflow, played without Temporal. Throws where a rule is broken. */
export class Simulation {
  now = 1_000_000;
  state: PreviewState = initialState(ref, this.now);
  github = { head: 1, open: true };
  /** How many commits there are; each push makes a new one. */
  commits = 1;
  /** A namespace is there. */
  exists = false;
  /** No run of the workflow is open. */
  finished = true;
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
    this.#loop();
  }

  advance(ms: number): void {
    this.now += ms;
    if (!this.finished) this.#loop();
  }

  /** Everything ends well from now on, and time passes, until the preview rests. */
  rest(): void {
    this.#together = false;
    if (!this.finished) this.#loop();
    for (let round = 0; round < 60; round += 1) {
      if (this.#pending.length > 0) this.end(0, 'well');
      else if (this.finished) return;
      else {
        const step = nextStep(this.state, this.now);
        if (step.kind !== 'wait') throw new Error(`rests at ${step.kind}`);
        if (step.until === null || step.until === this.state.deadline) return;
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
    if (this.exists) throw new Error('finishes and leaves something behind');
    this.finished = true;
  }

  #start(kind: Exclude<Step['kind'], 'wait' | 'finish'>): void {
    const { wanted, checked, images } = this.state;
    if (kind === 'stop') return this.#record({ kind: 'stopping' });
    if (kind === 'expire') return this.#record({ kind: 'expired' });
    const attempt =
      { check: wanted, deploy: checked?.attempt, 'await-images': images?.attempt }[kind as 'check'] ?? null;
    const checkedCommit = kind === 'deploy' ? checked?.plan.reference.inputs.commit : undefined;
    this.#refuseOverlap(kind);
    if (kind === 'deploy') this.#noteDeploy(attempt);
    const commit = checkedCommit ?? this.state.pullRequest?.head.sha ?? '';
    this.#pending.push({ work: kind, attempt, commit, seen: this.github });
    this.#record(startOf(kind, attempt ?? { headSeq: 0, retry: 0 }));
  }

  #refuseOverlap(kind: Work): void {
    const alone: readonly Work[] = ['check', 'await-images', 'deploy', 'restore', 'cleanup'];
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
    this.exists = true;
  }

  #eventOf({ work, attempt: tried, commit, seen }: Pending, end: End): PreviewEvent {
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
      case 'deploy':
        return { kind: 'deploy-ended', attempt, outcome: deployed(stopped ? 'stopped' : end, this.now) };
      case 'restore':
        return { kind: 'restore-ended', outcome: deployed(stopped ? 'stopped' : end, this.now) };
      case 'cleanup':
        this.exists = false;
        return { kind: 'cleanup-ended', receipt: { ...receipt, found: end !== 'missing' } };
      case 'report':
        if (end === 'failed') return { kind: 'report-failed', againAt };
        return end === 'refused' ? { kind: 'report-failed', againAt: null } : { kind: 'reported' };
    }
  }

  #checked(commit: string, end: End): CheckOutcome {
    if (!this.github.open || sha(this.github.head) !== commit)
      return { outcome: 'outdated', pullRequest: readOf(this.github) };
    const outcomes: Partial<Record<End, CheckOutcome>> = {
      failed: { outcome: 'refused', failure },
      refused: { outcome: 'refused', failure },
      missing: { outcome: 'images-missing', missing: [], requests: [], waitMs: 600_000, failure },
      approval: { outcome: 'approval-needed', reason: 'an outsider' },
      stopped: { outcome: 'stopped' },
    };
    return outcomes[end] ?? { outcome: 'ready', plan: checkedPlan(commit), warnings: [] };
  }
}

function startOf(kind: Work, attempt: Attempt): PreviewEvent {
  switch (kind) {
    case 'read':
      return { kind: 'reading-started' };
    case 'check':
      return { kind: 'check-started', attempt };
    case 'await-images':
      return { kind: 'images-awaited', attempt };
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

function readOf({ head, open }: Pending['seen']): ReturnType<typeof pullRequest> {
  return pullRequest({ commit: sha(head), state: open ? 'open' : 'closed' });
}

function deployed(end: End, verifiedAt: number): DeployOutcome {
  const failed = { outcome: 'failed', failure, touched: ['ui'], notes: [] } as const;
  const outcomes: Partial<Record<End, DeployOutcome>> = {
    failed: { ...failed, restored: true },
    refused: { ...failed, restored: false },
    stopped: { outcome: 'stopped', touched: ['ui'] },
    'plan-changed': { outcome: 'plan-changed' },
  };
  return outcomes[end] ?? { outcome: 'verified', verifiedAt, notes: [] };
}
