import type { ContainerStatus, Pod } from '../resources.ts';
import { plain, type Trouble } from './trouble.ts';
import type { Workload } from './workloads.ts';

const configMs = 10_000;
const imageMs = 30_000;
const crashMs = 15_000;
/** A container that ended so often will not come up by ending once more. */
const manyRestarts = 3;
/** From then on a run between two ends is no failure, but does not make the ends before forgotten either. */
const restartsInARow = 2;

/** Troubles of a pod's containers, init containers included. */
export function containerTrouble(workload: Workload, pod: Pod): readonly Trouble[] {
  const { initContainerStatuses = [], containerStatuses = [] } = pod.status ?? {};
  return [...initContainerStatuses, ...containerStatuses].flatMap((status) => {
    const found = outOfMemory(status) ?? crashing(status) ?? waiting(status);
    if (!found) return [];
    const { key, afterMs, reason, message } = found;
    const ended = status.state?.terminated ?? status.lastState?.terminated;
    return [
      {
        ...plain(workload, pod),
        key: `${pod.metadata?.uid}/${status.name}/${key}`,
        afterMs,
        reason,
        message: `container ${status.name}: ${message}`,
        log: ended ? { container: status.name, previous: status.state?.running !== undefined } : null,
        exitCode: ended?.exitCode ?? null,
      },
    ];
  });
}

type Found = Pick<Trouble, 'key' | 'afterMs' | 'reason' | 'message'>;

function outOfMemory({ state, lastState, restartCount, ready }: ContainerStatus): Found | null {
  // Killed when it was less well: what serves now is not broken.
  if (ready) return null;
  const isNow = state?.terminated?.reason === 'OOMKilled';
  const isBefore = lastState?.terminated?.reason === 'OOMKilled';
  const isTwice = (isNow && isBefore) || ((isNow || isBefore) && restartCount >= 2);
  if (!isTwice) return null;
  const message = 'it needs more memory than its limit, and was killed twice';
  return { key: 'crash', afterMs: 0, reason: 'OOMKilled', message };
}

function crashing({ state, lastState, restartCount, ready }: ContainerStatus): Found | null {
  const ended = state?.terminated ?? lastState?.terminated;
  const isBackingOff = state?.waiting?.reason === 'CrashLoopBackOff';
  if (!ended || (ready && !isBackingOff)) return null;
  const hasEndedAgain = restartCount >= restartsInARow && ended.exitCode !== 0;
  if (!isBackingOff && !hasEndedAgain) return null;
  const code = `exit code ${ended.exitCode}`;
  const why = ended.message ? `${code}, ${ended.message.trim()}` : code;
  return {
    key: 'crash',
    afterMs: state?.running === undefined ? patience(restartCount) : Number.POSITIVE_INFINITY,
    reason: ended.reason === 'OOMKilled' ? 'OOMKilled' : 'CrashLoopBackOff',
    message: `it ended ${restartCount + 1} times, last with ${why}`,
  };
}

function patience(restartCount: number): number {
  return restartCount >= manyRestarts ? 0 : crashMs;
}

function waiting({ state, image }: ContainerStatus): Found | null {
  const { reason, message = '' } = state?.waiting ?? {};
  switch (reason ?? '') {
    case 'ErrImageNeverPull':
    case 'InvalidImageName':
      return { key: 'image', afterMs: 0, reason: reason ?? '', message: message || image };
    case 'CreateContainerConfigError':
    case 'CreateContainerError':
    case 'RunContainerError':
      return { key: 'config', afterMs: configMs, reason: reason ?? '', message };
    case 'ErrImagePull':
    case 'ImagePullBackOff':
      return isHopeless(message)
        ? { key: 'image', afterMs: imageMs, reason: 'ImagePullBackOff', message: message || image }
        : null;
    default:
      return null;
  }
}

/** Older kubelets shorten the message to "Back-off pulling image": then nothing speaks for hope either. */
function isHopeless(message: string): boolean {
  if (/not found|denied|unauthorized|forbidden|manifest unknown/i.test(message)) return true;
  return /^Back-off pulling image "[^"]*"$/.test(message.trim());
}
