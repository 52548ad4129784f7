import { pause } from '../kubernetes/pause.ts';
import { HelmError } from './failure.ts';
import type { Helm, Rendering } from './helm.ts';
import type { NextStep } from './inputs.ts';
import { describeInputs, nextStep } from './inputs.ts';
import type { ReleaseRecord } from './release-record.ts';
import type { ReleaseName, Releases } from './releases.ts';

export interface ReleaseTools {
  readonly helm: Helm;
  readonly releases: Releases;
  /** Whether what a deployed revision applied is still there. */
  readonly isIntact: (namespace: string, record: ReleaseRecord, signal: AbortSignal) => Promise<boolean>;
  readonly pace?: Partial<Pace>;
  /** Hears what an operator may want to know. */
  readonly note?: (words: string, about: ReleaseName) => void;
}

/** Milliseconds. */
export interface Pace {
  /** A lock must stand still for so long before it counts as left behind: its holder may be ending just now. Default 3 s. */
  readonly quiet: number;
  /** How long another's operation on the release is waited for. Default 2 min. */
  readonly busy: number;
}

export interface WantedRelease extends Rendering {
  /** Of each single operation of Helm, such as a hook's Job. */
  readonly timeoutMs: number;
}

export interface DeployedRelease {
  /** Whether Helm was run. */
  readonly changed: boolean;
  readonly revision: number;
}

const defaultPace: Pace = { quiet: 3_000, busy: 120_000 };
/** So often may Helm run and end without the release being what is wanted, for no fault of the chart. */
const runsAllowed = 4;

/**
 * Makes a release be what is wanted, from whatever state it is in. To be called by one alone per release (the
 * fence); `signal` ends when that is no longer so. A lock that a killed Helm left is removed with its pending
 * revision only, so that what serves goes on serving. Success is what the release's own record says, never Helm's
 * exit code.
 *
 * @throws HelmError when Helm refuses, is busy for too long, or is killed again and again.
 */
export async function deployRelease(
  tools: ReleaseTools,
  wanted: WantedRelease,
  signal: AbortSignal,
): Promise<DeployedRelease> {
  const description = describeInputs({ chart: wanted.chart.identity, values: wanted.values });
  const pace = { ...defaultPace, ...tools.pace };
  const giveUpAt = Date.now() + pace.busy;
  let trouble: HelmError | null = null;
  for (let runs = 0; ;) {
    const latest = await tools.releases.latest(wanted, signal);
    const step = await nextStepNow(tools, { latest, description, wanted, runs }, signal);
    if (step === 'done') return { changed: runs > 0, revision: latest?.revision ?? 0 };
    if (step === 'unlock' && latest) {
      // The lock of a Helm that was killed here needs no patience: nobody is left to use it.
      const quietMs = trouble?.type === 'HelmInterrupted' ? 0 : pace.quiet;
      await unlock(tools, { wanted, latest, quietMs }, signal);
      continue;
    }
    if (step === 'uninstall') {
      await tools.helm.uninstall(wanted, signal);
      continue;
    }
    if (trouble && !mayGoOn(trouble, { runs, giveUpAt })) throw trouble;
    if (trouble?.type === 'HelmBusy') await pause(Math.min(250 * 2 ** runs, 5_000), signal);
    runs += 1;
    trouble = await run(tools.helm, { ...wanted, description }, signal);
  }
}

async function nextStepNow(
  tools: ReleaseTools,
  now: { latest: ReleaseRecord | null; description: string; wanted: WantedRelease; runs: number },
  signal: AbortSignal,
): Promise<NextStep> {
  const step = nextStep(now.latest, now.description);
  if (step !== 'done' || now.runs > 0 || !now.latest) return step;
  return (await tools.isIntact(now.wanted.namespace, now.latest, signal)) ? 'done' : 'upgrade';
}

/** How Helm failed; what its exit code calls success, the release's record must confirm. */
async function run(
  helm: Helm,
  upgrade: Parameters<Helm['upgrade']>[0],
  signal: AbortSignal,
): Promise<HelmError> {
  try {
    await helm.upgrade(upgrade, signal);
    const message = `helm upgrade of ${upgrade.release} succeeded, but somebody else changed the release since.`;
    return new HelmError('HelmBusy', message, '');
  } catch (error) {
    if (error instanceof HelmError) return error;
    throw error;
  }
}

function mayGoOn(trouble: HelmError, { runs, giveUpAt }: { runs: number; giveUpAt: number }): boolean {
  if (trouble.type === 'HelmBusy') return Date.now() < giveUpAt;
  return trouble.type === 'HelmInterrupted' && runs < runsAllowed;
}

/**
 * Takes away a lock that nobody uses any more. A Helm that is asked to end takes its own lock away, which shows as a
 * change of the record; then the caller looks again.
 */
async function unlock(
  { helm, releases, note }: ReleaseTools,
  lock: { wanted: WantedRelease; latest: ReleaseRecord; quietMs: number },
  signal: AbortSignal,
): Promise<void> {
  let quietUntil = Date.now() + lock.quietMs;
  for (;;) {
    // Looked for each time: the worker it belonged to may be dying just now. Its pipes are gone, so it often dies of
    // the words it says on ending, before it has taken its lock away.
    const ended = await helm.endLeftovers(lock.wanted, signal);
    if (ended > 0) quietUntil = 0;
    const now = await releases.latest(lock.wanted, signal);
    if (now?.secret.resourceVersion !== lock.latest.secret.resourceVersion) return;
    if (Date.now() >= quietUntil) {
      const { namespace, release } = lock.wanted;
      note?.(`removing the lock that a killed Helm left (${now.secret.name})`, { namespace, release });
      return releases.forget(namespace, now, signal);
    }
    await pause(500, signal);
  }
}
