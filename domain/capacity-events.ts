import { applyAcquire } from './capacity-acquire.ts';
import type { CapacityState, Lease, Telling } from './capacity.ts';
import { freePlace, hasRoom, isSameHolder, numberOf } from './capacity.ts';
import type { AcquireMessage, PoolConfig, ReleaseMessage } from './capacity-messages.ts';
import type { Recovered } from './capacity-recovery.ts';
import { applyRecovered } from './capacity-recovery.ts';

/** All that can happen to a pool: messages, and the ends of what it started. */
export type CapacityEvent =
  | { readonly kind: 'acquire'; readonly message: AcquireMessage }
  | { readonly kind: 'release'; readonly message: ReleaseMessage }
  | { readonly kind: 'configure'; readonly config: PoolConfig }
  | { readonly kind: 'recovery-started' }
  | { readonly kind: 'recovered'; readonly recovered: Recovered }
  | { readonly kind: 'recovery-failed'; readonly problem: string; readonly againAt: number }
  | { readonly kind: 'telling'; readonly telling: Telling }
  | {
      readonly kind: 'told';
      readonly telling: Telling;
      /** `absent`: no such workflow is open; `failed`: it could not be told for another reason. */
      readonly outcome: 'heard' | 'absent' | 'failed';
    };

/** The state after an event, with every place given that can be. Pure. */
export function applyToCapacity(state: CapacityState, event: CapacityEvent, now: number): CapacityState {
  return granted(reduce(state, event, now), now);
}

function reduce(state: CapacityState, event: CapacityEvent, now: number): CapacityState {
  switch (event.kind) {
    case 'acquire':
      return applyAcquire(state, event.message, now);
    case 'release':
      return applyRelease(state, event.message, now);
    case 'configure':
      return { ...state, config: event.config };
    case 'recovery-started':
      return { ...state, recovery: { ...state.recovery, state: 'running' } };
    case 'recovered':
      return applyRecovered(state, event.recovered, now);
    case 'recovery-failed': {
      const { problem, againAt } = event;
      return { ...state, recovery: { state: 'due', againAt, problem, rounds: state.recovery.rounds + 1 } };
    }
    case 'telling':
      return { ...state, telling: [...state.telling, event.telling] };
    case 'told':
      return applyTold(state, event);
  }
}

/** Lengths of leases that waiting is estimated from. */
const rememberedHolds = 20;
/** Releases that are remembered: against duplicates that come late, and for what is rebuilt after them. */
const rememberedReleases = 500;

/** Frees what the holder has, up to this number: an unknown one is none. */
function applyRelease(state: CapacityState, release: ReleaseMessage, now: number): CapacityState {
  const isOver = (held: { readonly id: string }): boolean =>
    isSameHolder(held, release) && numberOf(held) <= numberOf(release);
  const lease = state.leases.find(isOver);
  return {
    ...state,
    leases: state.leases.filter((held) => !isOver(held)),
    queue: state.queue.filter((entry) => !isOver(entry)),
    holds: lease ? [...state.holds, Math.max(0, now - lease.grantedAt)].slice(-rememberedHolds) : state.holds,
    released: remembered(state.released, release).slice(-rememberedReleases),
  };
}

function remembered(released: readonly string[], release: ReleaseMessage): readonly string[] {
  const others = released.filter((id) => !isSameHolder({ id }, release));
  const before = released.find((id) => isSameHolder({ id }, release));
  const higher = before !== undefined && numberOf({ id: before }) > numberOf(release);
  return [...others, higher ? before : release.id];
}

function applyTold(
  state: CapacityState,
  { telling, outcome }: Extract<CapacityEvent, { readonly kind: 'told' }>,
): CapacityState {
  const { id, position } = telling;
  const quiet = { ...state, telling: state.telling.filter((told) => told.id !== id) };
  if (position !== null) {
    if (outcome === 'absent') return { ...quiet, queue: quiet.queue.filter((entry) => entry.id !== id) };
    // what could not be told now is not tried again: the holder asks by itself
    return {
      ...quiet,
      queue: quiet.queue.map((entry) => (entry.id === id ? { ...entry, told: position } : entry)),
    };
  }
  const after = (lease: Lease): readonly Lease[] => {
    if (lease.id !== id) return [lease];
    // a holder that knew of it may have left something behind: that place is given back when it is cleaned up
    if (outcome === 'absent' && !lease.known) return [];
    return [{ ...lease, untold: false, known: lease.known || outcome === 'heard' }];
  };
  return { ...quiet, leases: quiet.leases.flatMap(after) };
}

/** Gives each free place to the first that is ready; those that are not keep their position. */
function granted(state: CapacityState, now: number): CapacityState {
  if (state.recovery.state !== 'done' || !hasRoom(state)) return state;
  const place = freePlace(state);
  const entry = state.queue.find(({ ready }) => ready);
  if (place === undefined || entry === undefined) return state;
  const lease: Lease = { id: entry.id, place, grantedAt: now, untold: true, known: false };
  const queue = state.queue.filter((other) => other !== entry);
  return granted({ ...state, queue, leases: [...state.leases, lease] }, now);
}
