import { setTimeout as delay } from 'node:timers/promises';

/** Waits, or throws `signal.reason` as soon as it aborts. @param ms milliseconds. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  try {
    await delay(ms, undefined, { signal });
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    throw error;
  }
}

/** What to run side by side; the signal aborts when one of them fails. */
type Task<T> = (signal: AbortSignal) => Promise<T>;

/** Runs tasks side by side. When one fails the others are aborted and awaited, and the first failure is thrown. */
export async function together<const T extends readonly Task<unknown>[]>(
  signal: AbortSignal,
  tasks: T,
): Promise<{ -readonly [K in keyof T]: Awaited<ReturnType<T[K]>> }> {
  const stop = new AbortController();
  const joint = AbortSignal.any([signal, stop.signal]);
  let first: { readonly error: unknown } | null = null;
  const results = await Promise.all(
    tasks.map(async (task) => {
      try {
        return await task(joint);
      } catch (error) {
        first ??= { error };
        stop.abort(error);
        return undefined;
      }
    }),
  );
  const failed = first as { readonly error: unknown } | null;
  if (failed) throw failed.error;
  return results as { -readonly [K in keyof T]: Awaited<ReturnType<T[K]>> };
}
