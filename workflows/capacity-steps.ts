import { ApplicationFailure, getExternalWorkflowHandle, log } from '@temporalio/workflow';
import type { CapacityState, Telling } from '../domain/capacity.ts';
import { holderOf } from '../domain/capacity.ts';
import { mayGiveUp } from '../domain/capacity-recovery.ts';
import type { CapacityStep } from '../domain/capacity-step.ts';
import type { LeaseMessage } from '../domain/messages.ts';
import { recoveryActivities } from './activity-proxies.ts';
import type { Pool } from './capacity.ts';
import { reportOf } from './failure-report.ts';
import { leaseSignal } from './messages.ts';

/** Pause before the cluster is read again, after a round of tries in vain. */
const retryRecoveryMs = 15_000;

/** Starts what `nextCapacityStep` says, without waiting: each end comes back as an event. */
export function startCapacityStep(pool: Pool, step: Exclude<CapacityStep, { readonly kind: 'wait' }>): void {
  const work = step.kind === 'recover' ? recover(pool) : tell(pool, step.telling);
  // every start records its own end; what still gets here is our mistake and must not go unseen
  work.catch((error: unknown) => log.error('a step of the pool ended without recording its end', { error }));
}

async function recover({ name, state, record, now }: Pool): Promise<void> {
  record({ kind: 'recovery-started' });
  const giveUp = mayGiveUp(state());
  try {
    const recovered = await recoveryActivities('read what is held').recoverLeases({ pool: name, giveUp });
    record({ kind: 'recovered', recovered });
  } catch (error) {
    const problem = reportOf(error).summary;
    log.warn('what is held could not be read; no place is given until then', { problem });
    record({ kind: 'recovery-failed', problem, againAt: now() + retryRecoveryMs });
  }
}

async function tell({ state, status, record }: Pool, telling: Telling): Promise<void> {
  const message = messageOf(
    state(),
    telling,
    status().queue[(telling.position ?? 0) - 1]?.estimateMs ?? null,
  );
  record({ kind: 'telling', telling });
  try {
    await getExternalWorkflowHandle(holderOf(telling)).signal(leaseSignal, message);
    record({ kind: 'told', telling, outcome: 'heard' });
  } catch (error) {
    const outcome = isAbsent(error) ? 'absent' : 'failed';
    log.warn('a holder could not be told', { id: telling.id, outcome, error });
    record({ kind: 'told', telling, outcome });
  }
}

function messageOf(
  { leases }: CapacityState,
  { id, position }: Telling,
  estimateMs: number | null,
): LeaseMessage {
  if (position !== null) return { id, state: 'queued', position, estimateMs };
  return { id, state: 'granted', place: leases.find((lease) => lease.id === id)?.place ?? null };
}

/** Temporal knows no open run of that id. */
function isAbsent(error: unknown): boolean {
  return error instanceof ApplicationFailure && /NotFound|NOT_FOUND/.test(error.type ?? '');
}
