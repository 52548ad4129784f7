import { failure } from '../failure.ts';
import type { FailureReport } from '../../domain/failures.ts';
import type { KubernetesApi } from './api.ts';
import { lastEvents } from './events.ts';
import { oneLine } from './failure.ts';
import { readLog, tidyLog } from './logs.ts';
import { createRedact } from './redact.ts';
import { describePod } from './watch/pods.ts';
import type { Trouble } from './watch/trouble.ts';
import type { World } from './watch/world.ts';
import type { Workload } from './watch/workloads.ts';

const logLines = 50;
const eventCount = 5;
/** The failure itself matters more than a log that does not come. */
const gatheringMs = 8_000;

export interface Scene {
  readonly api: KubernetesApi;
  readonly namespace: string;
  readonly world: World;
  /** Service it is about; null when none is known. */
  readonly service: string | null;
}

/** The failure `ServiceFailed` for a trouble, with log tail and events, redacted. Never fails itself. */
export async function serviceFailed(scene: Scene, trouble: Trouble): Promise<Error> {
  const { workload } = trouble;
  const what = trouble.pod === null ? `${workload.kind} ${workload.name}` : `pod ${trouble.pod}`;
  const report = await reportOf(scene, {
    type: 'ServiceFailed',
    summary: `${scene.service ?? workload.name}: ${trouble.reason} of ${what}: ${trouble.message}`,
    reason: trouble.reason,
    pod: trouble.pod,
    exitCode: trouble.exitCode,
    log: trouble.log,
    about: trouble.about,
  });
  return failure('ServiceFailed', report.summary, { report });
}

/** The failure `ServiceTimeout` for workloads that are not ready in time. */
export async function serviceTimeout(
  scene: Scene,
  waited: { readonly workloads: readonly Workload[]; readonly timeoutMs: number },
): Promise<Error> {
  const late = waited.workloads.filter((workload) => !workload.ready);
  const pod = late.flatMap((workload) => workload.pods).find((pod) => describePod(pod) !== 'ready');
  const status = pod?.status?.containerStatuses?.find((container) => !container.ready);
  const states = late.map(
    (workload) =>
      `${workload.kind} ${workload.name}: ${workload.available} of ${workload.wanted} pods available` +
      workload.pods.map((pod) => `, ${pod.metadata?.name} ${describePod(pod)}`).join(''),
  );
  const seconds = Math.round(waited.timeoutMs / 1000);
  const report = await reportOf(scene, {
    type: 'ServiceTimeout',
    summary: `${scene.service ?? 'The service'} was not ready within ${seconds} s: ${states.join('; ') || 'its workloads were not seen'}`,
    reason: 'Timeout',
    pod: pod?.metadata?.name ?? null,
    exitCode: status?.lastState?.terminated?.exitCode ?? null,
    log: status?.state?.running ? { container: status.name, previous: false } : null,
    about: [
      ...late.flatMap((workload) => [workload.uid, ...(workload.creator === null ? [] : [workload.creator])]),
      ...(pod?.metadata?.uid === undefined ? [] : [pod.metadata.uid]),
    ],
  });
  return failure('ServiceTimeout', report.summary, { report });
}

type Finding = Pick<FailureReport, 'type' | 'summary' | 'reason' | 'pod' | 'exitCode'> &
  Pick<Trouble, 'log' | 'about'>;

async function reportOf(scene: Scene, finding: Finding): Promise<FailureReport> {
  const signal = AbortSignal.timeout(gatheringMs);
  const { log, about, ...told } = finding;
  const events = [...scene.world.events.values()].filter((event) =>
    about.includes(event.involvedObject.uid ?? ''),
  );
  const [redact, text] = await Promise.all([
    createRedact(scene.api, scene.namespace, signal).catch(() => null),
    log && finding.pod !== null
      ? readLog(
          scene.api,
          { ...log, namespace: scene.namespace, pod: finding.pod, lines: logLines },
          signal,
        ).catch(() => '')
      : '',
  ]);
  return {
    ...told,
    summary: redact ? oneLine(redact(told.summary)) : withheld(told),
    service: scene.service,
    logTail: redact ? tidyLog(text, redact) : [],
    events: redact ? lastEvents(events, { count: eventCount, redact }) : [],
    problems: [],
  };
}

/** When the secrets cannot be read, nothing can be told apart from them. */
function withheld({ reason, pod }: Pick<Finding, 'reason' | 'pod'>): string {
  const what = `${reason}${pod === null ? '' : ` of pod ${pod}`}`;
  return `${what}: more is withheld, as the namespace’s secrets could not be read to redact it`;
}
