import type { Lease } from './resources.ts';

/** A fence that was not renewed for so long is free. */
export const durationMs = 15_000;
/** Who holds a fence notices within so long that it was taken: one renewal and some slack. */
const noticesWithinMs = 6_000;

const lastHolder = 'pr-preview.io/last-holder';

/** Run and attempt of the activity that works behind the fence. */
export interface FenceHolder {
  readonly runId: string;
  /** Attempt of the activity, from 1. */
  readonly attempt: number;
}

export type FenceDecision =
  /** @param settleMs how long the one before may still be at work. */
  | { readonly action: 'take'; readonly settleMs: number }
  | { readonly action: 'wait'; readonly ms: number; readonly by: string }
  | { readonly action: 'superseded'; readonly by: string };

/** What to do about a fence as it was read. */
export function decide(lease: Lease | null, holder: FenceHolder, now: number): FenceDecision {
  if (!lease) return { action: 'take', settleMs: 0 };
  const held = lease.spec?.holderIdentity ?? null;
  const last = parseHolder(held ?? lease.metadata?.annotations?.[lastHolder] ?? '');
  const sameRun = last?.runId === holder.runId;
  if (sameRun && last.attempt > holder.attempt) return { action: 'superseded', by: holderText(last) };
  const leftMs = Date.parse(lease.spec?.renewTime ?? '') + durationMs - now;
  if (held === null || held === holderText(holder) || !(leftMs > 0)) return { action: 'take', settleMs: 0 };
  if (sameRun) return { action: 'take', settleMs: Math.min(leftMs, noticesWithinMs) };
  return { action: 'wait', ms: leftMs, by: held };
}

/** The lease as its holder writes it, on top of what was read. */
export function leaseBody(
  wanted: { readonly namespace: string; readonly name: string; readonly holder: FenceHolder },
  found: Lease | null,
): Lease & object {
  const holder = holderText(wanted.holder);
  const now = new Date().toISOString().replace('Z', '000Z');
  const isMine = found?.spec?.holderIdentity === holder;
  return {
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata: {
      ...found?.metadata,
      namespace: wanted.namespace,
      name: wanted.name,
      annotations: { ...found?.metadata?.annotations, [lastHolder]: holder },
      labels: { ...found?.metadata?.labels, 'app.kubernetes.io/managed-by': 'pr-preview' },
    },
    spec: {
      ...found?.spec,
      holderIdentity: holder,
      leaseDurationSeconds: durationMs / 1000,
      renewTime: now,
      acquireTime: isMine ? (found.spec?.acquireTime ?? now) : now,
      leaseTransitions: (found?.spec?.leaseTransitions ?? 0) + (isMine ? 0 : 1),
    },
  };
}

/** Holder as the Lease names it. */
export function holderText(holder: FenceHolder): string {
  return `${holder.runId}:${holder.attempt}`;
}

function parseHolder(text: string): FenceHolder | null {
  const match = /^(.+):(\d+)$/.exec(text);
  return match?.[1] === undefined ? null : { runId: match[1], attempt: Number(match[2]) };
}
