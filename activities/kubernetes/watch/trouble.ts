import type { Pod } from '../resources.ts';
import type { Workload } from './workloads.ts';

/** Something that keeps a workload from becoming ready. */
export interface Trouble {
  /** The same as long as it is the same trouble. */
  readonly key: string;
  /** Milliseconds it must last before it counts as a failure. */
  readonly afterMs: number;
  /** What Kubernetes calls it: `CrashLoopBackOff`, `FailedCreate`, … */
  readonly reason: string;
  /** One line, the workload and pod left out. May hold text of the application: redact it. */
  readonly message: string;
  readonly workload: Workload;
  readonly pod: string | null;
  /** Uids of the pod and of what creates it, for their events. */
  readonly about: readonly string[];
  readonly log: { readonly container: string; readonly previous: boolean } | null;
  readonly exitCode: number | null;
}

/** What every trouble of a workload says alike. */
export function plain(
  workload: Workload,
  pod: Pod | null,
): Pick<Trouble, 'workload' | 'pod' | 'about' | 'log' | 'exitCode'> {
  const about = [pod?.metadata?.uid, workload.creator, workload.uid];
  return {
    workload,
    pod: pod?.metadata?.name ?? null,
    about: about.filter((uid) => typeof uid === 'string'),
    log: null,
    exitCode: null,
  };
}
