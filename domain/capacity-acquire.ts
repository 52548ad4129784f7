import type { CapacityState, Entry, Lease } from './capacity.ts';
import { freePlace, hasRoom, isReleased, isSameHolder, numberOf } from './capacity.ts';
import type { AcquireMessage } from './capacity-messages.ts';

/**
 * A request for a place. One that is known is answered again or brought up to date; a higher number of the same holder
 * takes its lease or entry over (an earlier life was terminated, or what it gave back got lost); a lower one is a late
 * duplicate. What the asker was granted already is believed where nobody else has it.
 */
export function applyAcquire(state: CapacityState, message: AcquireMessage, now: number): CapacityState {
  if (isReleased(state, message)) return state;
  const lease = state.leases.find((held) => isSameHolder(held, message));
  if (lease) {
    if (numberOf(message) < numberOf(lease)) return state;
    return numberOf(message) === numberOf(lease)
      ? answerAgain(state, { lease, message })
      : takeOver(state, { lease, message, now });
  }
  const entry = state.queue.find((waiting) => isSameHolder(waiting, message));
  if (entry && numberOf(message) < numberOf(entry)) return state;
  // told all the same: should this be a late duplicate, its holder gives the place back
  if (message.granted !== null && state.recovery.state === 'done' && mayHave(state, message.granted.place)) {
    const believed = {
      id: message.id,
      place: message.granted.place,
      grantedAt: now,
      untold: true,
      known: true,
    };
    return { ...withoutEntry(state, message), leases: [...state.leases, believed] };
  }
  return enqueue(state, message);
}

/** Puts an entry in its place: drafts last, then who asked first; a holder has one, and keeps its position. */
function enqueue(state: CapacityState, message: AcquireMessage): CapacityState {
  const before = state.queue.find((waiting) => isSameHolder(waiting, message));
  const { id, ready, draft, granted } = message;
  const entry: Entry = {
    id,
    askedAt: Math.min(message.askedAt, before?.askedAt ?? message.askedAt),
    ready,
    draft,
    claim: state.recovery.state === 'done' ? null : granted,
    // whoever asks, asks for an answer
    told: null,
  };
  return { ...state, queue: [...withoutEntry(state, message).queue, entry].toSorted(byTurn) };
}

/** Whether a place that a holder says it has can be its own: there is room, and nobody else has it. */
function mayHave(state: CapacityState, place: string | null): boolean {
  return hasRoom(state) && (place === null || state.leases.every((lease) => lease.place !== place));
}

function answerAgain(
  state: CapacityState,
  { lease, message }: { readonly lease: Lease; readonly message: AcquireMessage },
): CapacityState {
  if (message.granted === null) return withLease(state, lease, { ...lease, untold: true });
  // it knows; a lease that was rebuilt without its place learns it
  const { place } = message.granted;
  const learns = lease.place === null && place !== null && state.leases.every((held) => held.place !== place);
  return withLease(state, lease, {
    ...lease,
    known: true,
    place: learns ? place : lease.place,
  });
}

/** The lease goes on under the new number, with a place that the pool still has; without one the holder queues. */
function takeOver(
  state: CapacityState,
  { lease, message, now }: { readonly lease: Lease; readonly message: AcquireMessage; readonly now: number },
): CapacityState {
  const others = { ...state, leases: state.leases.filter((held) => held !== lease) };
  const claimed = message.granted !== null && mayHave(others, message.granted.place) ? message.granted : null;
  const place = claimed ? claimed.place : stillThere(others, lease.place);
  if (place === undefined) return enqueue(others, message);
  return withLease(state, lease, {
    id: message.id,
    place,
    grantedAt: now,
    untold: true,
    known: lease.known || claimed !== null,
  });
}

/** The same place, where the pool has it; else a free one; undefined when there is none. */
function stillThere(others: CapacityState, place: string | null): string | null | undefined {
  const { size } = others.config;
  if ('places' in size) return null;
  return place !== null && size.stems.includes(place) ? place : freePlace(others);
}

function withLease(state: CapacityState, before: Lease, after: Lease): CapacityState {
  return { ...state, leases: state.leases.map((lease) => (lease === before ? after : lease)) };
}

function withoutEntry(state: CapacityState, of: { readonly id: string }): CapacityState {
  return { ...state, queue: state.queue.filter((entry) => !isSameHolder(entry, of)) };
}

function byTurn(one: Entry, other: Entry): number {
  if (one.draft !== other.draft) return one.draft ? 1 : -1;
  if (one.askedAt !== other.askedAt) return one.askedAt - other.askedAt;
  return one.id < other.id ? -1 : 1;
}
