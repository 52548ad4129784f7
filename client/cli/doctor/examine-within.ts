import type { Finding } from '../../../domain/diagnosis.ts';
import type { Examine, Patient } from './patient.ts';
import { unseen } from './place.ts';

/**
 * Looks at one area, no longer than `patienceMs` whether or not the area heeds its signal. An area that cannot be looked
 * at is a finding.
 *
 * @throws `signal.reason` after an abort.
 */
export async function examineWithin(
  { examine, patienceMs }: { readonly examine: Examine; readonly patienceMs: number },
  patient: Patient,
  signal: AbortSignal,
): Promise<readonly Finding[]> {
  const timeout = AbortSignal.timeout(patienceMs);
  const either = AbortSignal.any([signal, timeout]);
  const { promise: over, reject } = Promise.withResolvers<never>();
  const end = (): void => reject(either.reason as Error);
  either.addEventListener('abort', end, { once: true });
  try {
    return await Promise.race([examine(patient, either), over]);
  } catch (error) {
    signal.throwIfAborted();
    const why = timeout.aborted ? `no answer within ${patienceMs / 1000} s` : firstLineOf(error);
    return [unseen(patient.env, `cannot be looked at: ${why}`, 'Mend this first, then ask again')];
  } finally {
    either.removeEventListener('abort', end);
  }
}

function firstLineOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message.split('\n', 1)[0] ?? '';
}
