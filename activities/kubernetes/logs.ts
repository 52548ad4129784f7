import type { KubernetesApi } from './api.ts';
import { ApiError } from './api-error.ts';
import type { Redact } from './redact.ts';
import { pathOf, resources } from './resources.ts';

const longestLine = 400;
/** All lines of a tail together. */
const longestTail = 4_400;
/** Bytes read of a log that is for people far from the cluster. */
const shownBytes = 256 * 1024;

export interface LogTail {
  readonly namespace: string;
  readonly pod: string;
  readonly container: string;
  /** The run before the present one. */
  readonly previous: boolean;
  readonly lines: number;
  /**
   * Bytes to read at most, of whole lines. Kubernetes counts them from the oldest of the lines, so that the newest are
   * missing. Null: all; kubelets keep 10 MiB of a log by default. Default: 256 KiB.
   */
  readonly limitBytes?: number | null;
}

/** The last lines of a container's log as they are; empty when there is no log to read. Not redacted. */
export async function readLog(api: KubernetesApi, tail: LogTail, signal: AbortSignal): Promise<string> {
  const path = pathOf(resources.pods, { namespace: tail.namespace, name: tail.pod, subresource: 'log' });
  const { limitBytes = shownBytes } = tail;
  const query = {
    container: tail.container,
    tailLines: String(tail.lines),
    ...(limitBytes === null ? {} : { limitBytes: String(limitBytes) }),
    ...(tail.previous ? { previous: 'true' } : {}),
  };
  try {
    const text = await api.text({ method: 'GET', path, query }, signal);
    const isWhole = limitBytes === null || Buffer.byteLength(text) < limitBytes;
    return isWhole ? text : text.slice(0, text.lastIndexOf('\n'));
  } catch (error) {
    // A container that never ran, or a pod that is gone, has none.
    if (error instanceof ApiError && (error.status === 400 || error.status === 404)) return '';
    throw error;
  }
}

/**
 * Lines of a log as people may see them: redacted, then freed of colours, then cut. In this order, as a secret that
 * was cut would not be found; and redacted once more, as one may only appear without its colours.
 */
export function tidyLog(text: string, redact: Redact): readonly string[] {
  // oxlint-disable-next-line no-control-regex
  const plain = redact(text).replace(/\u001b\[[0-9;]*[A-Za-z]|[\u0000-\u0008\u000b-\u001f]/g, '');
  const lines = redact(plain).replace(/\n$/, '').split('\n');
  const kept: string[] = [];
  let size = 0;
  for (const line of lines.toReversed()) {
    const short = line.length > longestLine ? `${line.slice(0, longestLine - 1)}…` : line;
    size += short.length + 1;
    if (size > longestTail) break;
    kept.unshift(short);
  }
  return kept.length === 1 && kept[0] === '' ? [] : kept;
}
