import type { KubernetesApi } from './api.ts';
import { lastEvents } from './events.ts';
import { readLog, tidyLog } from './logs.ts';
import { together } from './pause.ts';
import { createRedact, type Redact } from './redact.ts';
import type { Pod } from './resources.ts';
import { describePod } from './watch/pods.ts';
import { readWorld } from './watch/read-world.ts';

const linesPerContainer = 10;
const containersRead = 8;
/** All of it goes through Temporal and into a comment. */
const longest = 6_000;
const gatheringMs = 10_000;

/**
 * Log tails, those of pods that are not ready first, and Warning events of a namespace, redacted. Cleanup must not
 * hang on it: whatever cannot be read is left out.
 */
export async function lastWords(
  api: KubernetesApi,
  namespace: string,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const limited = AbortSignal.any([signal, AbortSignal.timeout(gatheringMs)]);
  try {
    const [redact, world] = await together(limited, [
      (signal) => createRedact(api, namespace, signal),
      (signal) => readWorld(api, namespace, signal),
    ]);
    const tails = await Promise.all(
      worstFirst([...world.pods.values()])
        .slice(0, containersRead)
        .map((container) => tailOf(api, { namespace, redact, ...container }, limited)),
    );
    return capped([...tails.flat(), ...lastEvents(world.events.values(), { count: 5, redact })]);
  } catch {
    signal.throwIfAborted();
    return [];
  }
}

interface Container {
  readonly pod: Pod;
  readonly container: string;
  readonly previous: boolean;
}

interface Place {
  readonly namespace: string;
  readonly redact: Redact;
}

function worstFirst(pods: readonly Pod[]): readonly Container[] {
  const isWell = (pod: Pod): number => (describePod(pod) === 'ready' ? 1 : 0);
  return [...pods]
    .toSorted((one, other) => isWell(one) - isWell(other))
    .flatMap((pod) =>
      (pod.status?.containerStatuses ?? []).map((status) => ({
        pod,
        container: status.name,
        previous: !status.ready && status.state?.running !== undefined && status.restartCount > 0,
      })),
    );
}

async function tailOf(
  api: KubernetesApi,
  { namespace, redact, pod, container, previous }: Container & Place,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const name = pod.metadata?.name ?? '';
  const tail = { namespace, pod: name, container, previous, lines: linesPerContainer };
  const lines = tidyLog(await readLog(api, tail, signal).catch(() => ''), redact);
  return lines.length === 0 ? [] : [[`${name} (${describePod(pod)}), ${container}:`, ...lines].join('\n')];
}

function capped(texts: readonly string[]): readonly string[] {
  let left = longest;
  return texts.filter((text) => (left -= text.length) >= 0);
}
