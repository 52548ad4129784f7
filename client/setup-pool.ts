import type { PoolConfig } from '../domain/capacity-messages.ts';
import { capacityStart, capacityWorkflowType, configureSignal } from '../workflows/messages.ts';
import type { TemporalCalls } from './temporal-calls.ts';

/**
 * Tells a pool how many places it has; starts its workflow where none runs. Told again, nothing changes. Accepted
 * without a worker.
 *
 * @throws {ClientError} `temporalAway`.
 */
export async function configurePool(
  calls: TemporalCalls,
  pool: { readonly pool: string; readonly config: PoolConfig; readonly taskQueue: string },
): Promise<{ readonly workflowId: string }> {
  const signalArgs: [PoolConfig] = [pool.config];
  const options = { ...capacityStart(pool), signal: configureSignal, signalArgs };
  const { workflowId } = await calls.ask(
    async () => await calls.client.workflow.signalWithStart(capacityWorkflowType, options),
  );
  return { workflowId };
}
