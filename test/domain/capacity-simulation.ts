import type { CapacityState, Telling } from '../../domain/capacity.ts';
import { countOf, holderOf, initialCapacity, numberOf } from '../../domain/capacity.ts';
import type { CapacityEvent } from '../../domain/capacity-events.ts';
import { applyToCapacity } from '../../domain/capacity-events.ts';
import type { CapacityStatus, PoolSize } from '../../domain/capacity-messages.ts';
import { leaseId } from '../../domain/capacity-messages.ts';
import type { LeasedNamespace, Recovered } from '../../domain/capacity-recovery.ts';
import { recoveredFrom } from '../../domain/capacity-recovery.ts';
import { capacityStatusOf } from '../../domain/capacity-status.ts';
import { nextCapacityStep } from '../../domain/capacity-step.ts';
import type { LeaseMessage } from '../../domain/messages.ts';
import type { PlaceRequest } from '../../domain/place.ts';
import { acquireMessage, asked, gaveBack, heard, noPlace, toGiveBack } from '../../domain/place.ts';
import { previewWorkflowId } from '../../domain/workflow-ids.ts';

/** A preview as its pool sees it; its requests are those of `domain/place.ts`. */
export interface Holder {
  readonly number: number;
  readonly workflowId: string;
  /** A run of its workflow is open. */
  open: boolean;
  wants: boolean;
  ready: boolean;
  draft: boolean;
  request: PlaceRequest;
  namespace: LeasedNamespace | null;
}

/** A pool, its holders and the cluster, played without Temporal; messages arrive late, twice, and to nobody. */
export class CapacitySimulation {
  now = 1_000;
  readonly size: PoolSize;
  readonly holders: readonly Holder[];
  state: CapacityState;
  /** On their way to the pool, in order. */
  toPool: CapacityEvent[] = [];
  /** On their way to holders. */
  toHolders: Telling[] = [];
  /** All that was ever sent to the pool. */
  readonly sent: CapacityEvent[] = [];
  /** What the terminated run says of itself; null: nothing. */
  private last: CapacityStatus | null = null;
  private recovered: Recovered | null = null;

  constructor(size: PoolSize, holders: number) {
    this.size = size;
    this.state = initialCapacity({ size, holdMs: 1_000 });
    this.holders = Array.from({ length: holders }, (_, index) => ({
      number: index + 1,
      workflowId: previewWorkflowId({ owner: 'example', repository: 'app', number: index + 1 }),
      open: true,
      wants: false,
      ready: true,
      draft: false,
      request: noPlace(1),
      namespace: null,
    }));
  }

  /** Asks, or says what has changed of its request. */
  ask(holder: Holder): void {
    if (!holder.open) return;
    const { ready, draft, workflowId } = holder;
    holder.wants = true;
    holder.request = asked(holder.request, { ready, draft }, this.now);
    const message = acquireMessage(holder.request, { workflowId, need: { ready, draft }, now: this.now });
    this.send({ kind: 'acquire', message });
  }

  /** Makes its namespace, as only a holder of a place does. */
  create(holder: Holder): void {
    const { granted, number } = holder.request;
    if (!holder.open || granted === null || !holder.wants) return;
    const owner = {
      platform: 'p',
      repositoryId: 1,
      owner: 'Example',
      repository: 'App',
      number: holder.number,
    };
    const lease = leaseId(holder.workflowId, number);
    holder.namespace = { owner, createdAt: this.now, lease, place: granted.place };
  }

  /** Takes its preview away, and then gives back what it holds or waits for. */
  drop(holder: Holder): void {
    if (!holder.open) return;
    holder.wants = false;
    holder.namespace = null;
    this.giveBack(holder);
  }

  /** A workflow that is terminated leaves what it made, and what it held. */
  kill(holder: Holder): void {
    holder.open = false;
    holder.wants = false;
  }

  /** A new life of a preview; its numbers go on after those of all lives before. */
  revive(holder: Holder): void {
    if (holder.open) return;
    holder.open = true;
    holder.request = noPlace(holder.request.number + 1_000);
    this.ask(holder);
  }

  /** The reaper, of a holder that is no more: what it left is taken away by a new life, which gives the place back. */
  reap(holder: Holder): void {
    if (holder.open) return;
    holder.open = true;
    holder.namespace = null;
    for (const { id } of [...this.state.leases, ...this.state.queue])
      if (holderOf({ id }) === holder.workflowId) this.send({ kind: 'release', message: { id } });
    holder.request = noPlace(holder.request.number + 1_000);
  }

  /** The pool gets its next message. */
  arrive(): void {
    const event = this.toPool.shift();
    if (event) this.apply(event);
  }

  /** The pool gets once more what was sent long ago. */
  arriveAgain(index: number): void {
    const event = this.sent[index % Math.max(1, this.sent.length)];
    if (event) this.toPool.push(event);
  }

  /** The pool takes a step: begins to rebuild, or tells somebody. */
  step(): void {
    const step = nextCapacityStep(this.state, this.now);
    if (step.kind === 'recover') this.apply({ kind: 'recovery-started' });
    if (step.kind !== 'tell') return;
    this.apply({ kind: 'telling', telling: step.telling });
    this.toHolders.push(step.telling);
  }

  /** What is held is read, by an activity: what happens from now on it does not know. */
  look(): void {
    if (this.state.recovery.state !== 'running' || this.recovered !== null) return;
    const closed = new Set(this.holders.filter(({ open }) => !open).map(({ workflowId }) => workflowId));
    const namespaces = this.holders.flatMap(({ namespace }) => (namespace ? [namespace] : []));
    this.recovered = recoveredFrom({ namespaces, last: this.last }, { closed, now: this.now });
  }

  /** The activity ends. */
  recover(): void {
    const { recovered } = this;
    if (recovered === null) return;
    this.recovered = null;
    this.apply({ kind: 'recovered', recovered });
  }

  /** A word arrives at its holder, or nobody is there. */
  hear(index: number): void {
    const [telling] = this.toHolders.splice(index % Math.max(1, this.toHolders.length), 1);
    const holder = this.holders.find(({ workflowId }) => telling && workflowId === holderOf(telling));
    if (!telling || !holder) return;
    if (holder.open) this.tell(holder, this.messageOf(telling));
    this.apply({ kind: 'told', telling, outcome: holder.open ? 'heard' : 'absent' });
    if (holder.open && holder.request.strays.length > 0) this.giveBack(holder);
  }

  /** The pool's workflow is terminated; the next message starts another life. */
  terminate(): void {
    // words on their way arrive all the same
    while (this.toHolders.length > 0) this.hear(0);
    if (this.state.recovery.state === 'done') this.last = capacityStatusOf('pool', this.state, this.now);
    this.state = initialCapacity({ size: this.size, holdMs: 1_000 });
    this.recovered = null;
  }

  /** Everything that is on its way arrives. */
  settle(): void {
    for (let turn = 0; turn < 10_000; turn += 1) {
      const before = JSON.stringify([this.state, this.toPool, this.toHolders]);
      this.arrive();
      this.step();
      this.look();
      this.recover();
      this.hear(0);
      if (before === JSON.stringify([this.state, this.toPool, this.toHolders])) return;
    }
    throw new Error('the pool does not come to rest');
  }

  private send(event: CapacityEvent): void {
    this.toPool.push(event);
    this.sent.push(event);
  }

  private apply(event: CapacityEvent): void {
    this.now += 1;
    this.state = applyToCapacity(this.state, event, this.now);
    this.check();
  }

  private messageOf({ id, position }: Telling): LeaseMessage {
    if (position !== null) return { id, state: 'queued', position, estimateMs: null };
    const place = this.state.leases.find((lease) => lease.id === id)?.place ?? null;
    return { id, state: 'granted', place };
  }

  private tell(holder: Holder, message: LeaseMessage): void {
    holder.request = heard(holder.request, { message, workflowId: holder.workflowId, now: this.now });
  }

  private giveBack(holder: Holder): void {
    const { workflowId, wants: wanted } = holder;
    const ids = toGiveBack(holder.request, { workflowId, wanted, holdsNothing: holder.namespace === null });
    for (const id of ids) this.send({ kind: 'release', message: { id } });
    holder.request = gaveBack(holder.request, { workflowId, ids });
  }

  /** What must hold at every moment. */
  private check(): void {
    const { leases, queue } = this.state;
    const places = countOf(this.size);
    if (leases.length > places) throw new Error(`${leases.length} leases of ${places} places`);
    const users = this.holders.filter(
      ({ namespace, open, wants, request }) =>
        namespace !== null || (open && wants && request.granted !== null),
    );
    if (users.length > places) throw new Error(`${users.length} previews use ${places} places`);
    const names = [...leases, ...queue].map(holderOf);
    if (new Set(names).size < names.length) throw new Error(`a holder is there twice: ${names.join(' ')}`);
    const stems = leases.flatMap(({ place }) => (place === null ? [] : [place]));
    if (new Set(stems).size < stems.length) throw new Error(`a stem is held twice: ${stems.join(' ')}`);
    if ('stems' in this.size && stems.length < leases.length) throw new Error('a lease has no stem');
    const inOrder = queue.every((entry, index) => {
      const before = queue[index - 1];
      if (!before || before.draft !== entry.draft) return !before || entry.draft;
      return before.askedAt <= entry.askedAt;
    });
    if (!inOrder) throw new Error(`the queue is out of order: ${queue.map(({ id }) => id).join(' ')}`);
    const free = this.state.recovery.state === 'done' && leases.length < places;
    if (free && queue.some(({ ready }) => ready)) throw new Error('a place is free and somebody ready waits');
    if (leases.some((lease) => Number.isNaN(numberOf(lease)))) throw new Error('a lease has no number');
  }
}
