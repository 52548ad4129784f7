import type { KubernetesApi } from './api.ts';
import { ApiError } from './api-error.ts';
import { pathOf, resources } from './resources.ts';

const longestLine = 400;
/** All lines of a tail together. */
const longestTail = 6_000;

export interface LogTail {
  readonly namespace: string;
  readonly pod: string;
  readonly container: string;
  /** The run before the present one. */
  readonly previous: boolean;
  readonly lines: number;
}

/** The last lines of a container's log, each and all together capped; none when there is no log to read. */
export async function readLogTail(
  api: KubernetesApi,
  tail: LogTail,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const path = pathOf(resources.pods, { namespace: tail.namespace, name: tail.pod, subresource: 'log' });
  const query = {
    container: tail.container,
    tailLines: String(tail.lines),
    limitBytes: String(256 * 1024),
    ...(tail.previous ? { previous: 'true' } : {}),
  };
  try {
    return capped(await api.text({ method: 'GET', path, query }, signal));
  } catch (error) {
    // A container that never ran, or a pod that is gone, has none.
    if (error instanceof ApiError && (error.status === 400 || error.status === 404)) return [];
    throw error;
  }
}

function capped(text: string): readonly string[] {
  const lines = text.replace(/\n$/, '').split('\n');
  const kept: string[] = [];
  let size = 0;
  for (const line of lines.toReversed()) {
    // Colours and other control sequences mean nothing in a comment.
    // oxlint-disable-next-line no-control-regex
    const plain = line.replace(/\u001b\[[0-9;]*[A-Za-z]|[\u0000-\u0008\u000b-\u001f]/g, '');
    const short = plain.length > longestLine ? `${plain.slice(0, longestLine - 1)}…` : plain;
    size += short.length + 1;
    if (size > longestTail) break;
    kept.unshift(short);
  }
  return kept.length === 1 && kept[0] === '' ? [] : kept;
}
