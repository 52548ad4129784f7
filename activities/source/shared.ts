/**
 * Runs equal work once for all who want it at the same time. The work is aborted when the last of them has given
 * up; each gets its result, its error, or the reason of its own signal.
 */
export function shared<T>(): (
  key: string,
  signal: AbortSignal,
  work: (whileWanted: AbortSignal) => Promise<T>,
) => Promise<T> {
  const running = new Map<string, { result: Promise<T>; wanting: number; stop: AbortController }>();
  return async (key, signal, work) => {
    signal.throwIfAborted();
    let entry = running.get(key);
    if (entry === undefined) {
      const stop = new AbortController();
      const started = { result: work(stop.signal), wanting: 0, stop };
      const forget = (): void => {
        if (running.get(key) === started) running.delete(key);
      };
      started.result.then(forget, forget);
      running.set(key, started);
      entry = started;
    }
    entry.wanting += 1;
    const { promise: givenUp, reject } = Promise.withResolvers<never>();
    const giveUp = (): void => reject(signal.reason as Error);
    signal.addEventListener('abort', giveUp);
    try {
      return await Promise.race([entry.result, givenUp]);
    } finally {
      signal.removeEventListener('abort', giveUp);
      entry.wanting -= 1;
      if (entry.wanting === 0) {
        if (running.get(key) === entry) running.delete(key);
        entry.stop.abort(signal.reason);
      }
    }
  };
}
