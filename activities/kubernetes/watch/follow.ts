import { setTimeout as delay } from 'node:timers/promises';
import type { KubernetesApi } from '../api.ts';
import { ApiError } from '../api-error.ts';
import { listObjects } from '../objects.ts';
import { pathOf, type Resource } from '../resources.ts';
import { readLines } from './lines.ts';

/** Servers send a bookmark every minute or so: silence for longer means a dead connection. */
const silenceMs = 90_000;
const longestBackoffMs = 5_000;

export interface Followed<T> {
  readonly resource: Resource<T>;
  readonly namespace: string;
  readonly fieldSelector?: string;
}

/** Where the state of a collection goes. */
export interface Sink<T> {
  /** The whole collection, as it is now. */
  replace(items: readonly T[]): void;
  put(item: T): void;
  remove(item: T): void;
  /** It could not be read; it is tried again until this says no. */
  failed(error: unknown, attempt: number): 'retry' | 'stop';
}

interface WatchEvent<T> {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR';
  readonly object: T;
}

/**
 * Keeps a sink true to a collection until the signal aborts: lists, then watches, and lists again whenever the watch
 * ends, is too old (410) or breaks. Never throws.
 */
export async function follow<T>(
  api: KubernetesApi,
  { followed, sink }: { readonly followed: Followed<T>; readonly sink: Sink<T> },
  signal: AbortSignal,
): Promise<void> {
  let attempt = 0;
  while (!signal.aborted) {
    try {
      const list = await listObjects(api, followed.resource, { ...followed, signal });
      sink.replace(list.items);
      attempt = 0;
      await watchFrom(api, { followed, sink, resourceVersion: list.resourceVersion }, signal);
    } catch (error) {
      if (signal.aborted || (error instanceof ApiError && error.status === 410)) continue;
      attempt += 1;
      if (sink.failed(error, attempt) === 'stop') return;
      const backoffMs = Math.min(100 * 2 ** attempt, longestBackoffMs);
      await delay(backoffMs * (0.5 + Math.random() / 2), undefined, { signal }).catch(() => undefined);
    }
  }
}

/** Resolves when the server ends the watch. */
async function watchFrom<T>(
  api: KubernetesApi,
  from: { readonly followed: Followed<T>; readonly sink: Sink<T>; readonly resourceVersion: string },
  signal: AbortSignal,
): Promise<void> {
  const { followed, sink, resourceVersion } = from;
  const silence = new AbortController();
  const timer = setTimeout(() => silence.abort(new Error('the watch fell silent')), silenceMs);
  try {
    const joint = AbortSignal.any([signal, silence.signal]);
    const query = {
      watch: 'true',
      allowWatchBookmarks: 'true',
      resourceVersion,
      // Spread out, so that the watches of many previews do not all end at once.
      timeoutSeconds: String(240 + Math.floor(Math.random() * 120)),
      ...(followed.fieldSelector === undefined ? {} : { fieldSelector: followed.fieldSelector }),
    };
    const stream = await api.stream(
      { method: 'GET', path: pathOf(followed.resource, followed), query },
      joint,
    );
    for await (const line of readLines(stream)) {
      timer.refresh();
      take(JSON.parse(line) as WatchEvent<T>, sink);
    }
  } finally {
    clearTimeout(timer);
  }
}

function take<T>(event: WatchEvent<T>, sink: Sink<T>): void {
  switch (event.type) {
    case 'ADDED':
    case 'MODIFIED':
      sink.put(event.object);
      return;
    case 'DELETED':
      sink.remove(event.object);
      return;
    case 'BOOKMARK':
      return;
    case 'ERROR':
      throw ApiError.fromAnswer(codeOf(event.object), {}, JSON.stringify(event.object));
    default:
      event.type satisfies never;
  }
}

function codeOf(status: unknown): number {
  const code = (status as { code?: unknown } | null)?.code;
  return typeof code === 'number' ? code : 500;
}
