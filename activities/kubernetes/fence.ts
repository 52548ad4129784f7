import { failure } from '../failure.ts';
import type { KubernetesApi } from './api.ts';
import { isConflict } from './api-error.ts';
import { clusterFailure } from './failure.ts';
import { decide, durationMs, type FenceHolder, holderText, leaseBody } from './lease.ts';
import { createObject, readObject, replaceObject } from './objects.ts';
import { pause } from './pause.ts';
import { type Lease, resources } from './resources.ts';

const renewEveryMs = 5_000;
/** A renewal that fails is tried again this soon, and may itself last only so long. */
const renewAgainMs = 1_000;
const renewalMs = 2_500;
/** A failed renewal after so long is the loss: 11 s after the last good one at most, when others may take it at 15. */
const lostAfterMs = 8_000;
/** How long a living holder of another run is waited for. */
const patienceMs = 30_000;

export interface Fence {
  /** Aborts when the fence is lost or the parent signal aborts; what it guards must stop then. */
  readonly signal: AbortSignal;
  /** Gives the fence back; nothing happens when it is no longer ours. */
  release(): Promise<void>;
}

export interface WantedFence {
  readonly namespace: string;
  /** Name of the Lease. */
  readonly name: string;
  readonly holder: FenceHolder;
}

/**
 * Takes a Kubernetes Lease that lets one holder at a time work on something. A higher attempt of the same run takes
 * over from a lower one, and waits until that one must have noticed; another run's is waited for until it is given
 * back or 15 s old. Relies on the workers' clocks agreeing to a few seconds.
 *
 * @throws failure `FenceLost` when a higher attempt of the run holds or held it, or another run keeps it alive.
 */
export async function acquireFence(
  api: KubernetesApi,
  wanted: WantedFence,
  signal: AbortSignal,
): Promise<Fence> {
  try {
    return hold(api, { wanted, lease: await take(api, wanted, signal) }, signal);
  } catch (error) {
    if (error instanceof Loss) throw error.loss;
    throw clusterFailure(error, `taking the fence ${wanted.namespace}/${wanted.name}`);
  }
}

async function take(api: KubernetesApi, wanted: WantedFence, signal: AbortSignal): Promise<Lease> {
  const at = { namespace: wanted.namespace, name: wanted.name };
  const deadline = Date.now() + patienceMs;
  for (;;) {
    const found = await readObject(api, resources.leases, { ...at, signal });
    const decision = decide(found, wanted.holder, Date.now());
    if (decision.action === 'superseded' || (decision.action === 'wait' && Date.now() > deadline)) {
      throw lost(wanted, `${decision.by} holds it`);
    }
    if (decision.action === 'wait') {
      await pause(Math.min(decision.ms, 1_000), signal);
      continue;
    }
    try {
      const body = leaseBody(wanted, found);
      const lease = found
        ? await replaceObject(api, resources.leases, { at, body, signal })
        : await createObject(api, resources.leases, { at, body, signal });
      return decision.settleMs === 0
        ? lease
        : await settle(api, { wanted, lease, ms: decision.settleMs }, signal);
    } catch (error) {
      if (!isConflict(error)) throw error;
    }
  }
}

/** The attempt that was taken over from learns of it when it renews; until then its work may still run. */
async function settle(
  api: KubernetesApi,
  taken: { readonly wanted: WantedFence; readonly lease: Lease; readonly ms: number },
  signal: AbortSignal,
): Promise<Lease> {
  await pause(taken.ms, signal);
  return await renew(api, taken, signal);
}

function hold(
  api: KubernetesApi,
  { wanted, lease }: { readonly wanted: WantedFence; readonly lease: Lease },
  parent: AbortSignal,
): Fence {
  const lostSignal = new AbortController();
  const stopped = new AbortController();
  let current = lease;
  let renewedAt = Date.now();

  async function keep(): Promise<void> {
    let waitMs = renewEveryMs;
    while (!stopped.signal.aborted) {
      try {
        await pause(waitMs, stopped.signal);
        current = await renew(api, { wanted, lease: current }, stopped.signal);
        renewedAt = Date.now();
        waitMs = renewEveryMs;
      } catch (error) {
        if (stopped.signal.aborted) return;
        waitMs = renewAgainMs;
        const isLoss = error instanceof Loss;
        if (isLoss || Date.now() - renewedAt > lostAfterMs) {
          const reason = isLoss ? error.loss : lost(wanted, 'it could not be renewed in time');
          lostSignal.abort(reason);
          return;
        }
      }
    }
  }

  const kept = keep();
  return {
    signal: AbortSignal.any([parent, lostSignal.signal]),
    release: async () => {
      stopped.abort();
      await kept;
      await giveBack(api, { wanted, lease: current });
    },
  };
}

/** @throws Loss when the lease is no longer ours. */
async function renew(
  api: KubernetesApi,
  { wanted, lease }: { readonly wanted: WantedFence; readonly lease: Lease },
  signal: AbortSignal,
): Promise<Lease> {
  const at = { namespace: wanted.namespace, name: wanted.name };
  const limited = AbortSignal.any([signal, AbortSignal.timeout(renewalMs)]);
  try {
    return await replaceObject(api, resources.leases, {
      at,
      body: leaseBody(wanted, lease),
      signal: limited,
    });
  } catch (error) {
    if (!isConflict(error)) throw error;
  }
  // A renewal whose answer got lost looks like a conflict too.
  const found = await readObject(api, resources.leases, { ...at, signal: limited });
  const holder = found?.spec?.holderIdentity;
  if (found && holder === holderText(wanted.holder)) return found;
  throw new Loss(lost(wanted, holder === undefined ? 'it was given back' : `${holder} took it`));
}

async function giveBack(
  api: KubernetesApi,
  { wanted, lease }: { readonly wanted: WantedFence; readonly lease: Lease },
): Promise<void> {
  const at = { namespace: wanted.namespace, name: wanted.name };
  const { holderIdentity: _, ...spec } = lease.spec ?? {};
  const body: Lease = { ...lease, spec };
  // Whatever goes wrong here, the lease runs out by itself.
  await replaceObject(api, resources.leases, { at, body, signal: AbortSignal.timeout(durationMs) }).catch(
    () => undefined,
  );
}

class Loss extends Error {
  readonly loss: Error;
  constructor(loss: Error) {
    super(loss.message);
    this.loss = loss;
  }
}

function lost(wanted: WantedFence, why: string): Error {
  return failure('FenceLost', `The fence ${wanted.namespace}/${wanted.name} is not ours: ${why}.`, {
    benign: true,
  });
}
