/** What people and GitHub said of a pull request; GitHub's own word, read afterwards, decides. */
export interface Hint {
  /** Head that somebody spoke of. */
  readonly expectSha: string | null;
  /**
   * The last thing that was asked. `look`: nothing but to see whether the world has moved; `reap`: the same, by the
   * reaper, who may have seen what an earlier life left.
   */
  readonly asks: 'serve' | 'end' | 'look' | 'reap';
  /** A person's command: tries a commit again that failed, and brings back what is gone. */
  readonly command: boolean;
  /** With a new database. */
  readonly reset: boolean;
  /** A push of news that a person's wish to end was joined with, in that order. */
  readonly overrules: boolean;
  /** A commit that a person allows, if it is the head; null: none. */
  readonly approves: { readonly sha: string; readonly by: string | null } | null;
}

/** A hint that says nothing but this. */
export function hintOf(says: Partial<Hint> & Pick<Hint, 'asks'>): Hint {
  return { expectSha: null, command: false, reset: false, overrules: false, approves: null, ...says };
}

/**
 * Two hints as one, so that neither is lost. A person's wish to end is overruled by a command, or by a head that was
 * not known when it was uttered; a push event of the known head was on its way and must not undo it.
 */
export function joinHints(earlier: Hint | null, later: Hint | null, knownSha: string | null): Hint | null {
  if (earlier === null || later === null) return later ?? earlier;
  const approves = later.asks === 'end' ? later.approves : (later.approves ?? earlier.approves);
  return { ...joined(earlier, later, knownSha), approves };
}

function joined(earlier: Hint, later: Hint, knownSha: string | null): Hint {
  if (later.asks === 'end' || earlier.asks === 'look') return later;
  if (later.asks === 'look' || later.asks === 'reap') return earlier;
  if (earlier.asks === 'reap') return later;
  if (earlier.asks === 'end') {
    const news = later.expectSha !== null && later.expectSha !== knownSha;
    return later.command || news ? { ...later, overrules: true } : earlier;
  }
  return {
    asks: 'serve',
    expectSha: later.expectSha ?? earlier.expectSha,
    command: later.command || earlier.command,
    reset: later.reset || earlier.reset,
    overrules: later.overrules || earlier.overrules,
    approves: null,
  };
}
