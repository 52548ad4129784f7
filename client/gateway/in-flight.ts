/** Work that goes on after its request was answered, for an end that waits for it. */
export interface InFlight {
  track(work: Promise<unknown>): void;
  /** Resolves when all of it has ended, however. */
  ended(): Promise<void>;
}

export function createInFlight(): InFlight {
  const running = new Set<Promise<unknown>>();
  return {
    track: (work) => {
      const ended = work.then(
        () => undefined,
        () => undefined,
      );
      running.add(ended);
      void ended.then(() => running.delete(ended));
    },
    ended: async () => {
      while (running.size > 0) await Promise.all(running);
    },
  };
}
