import type { Trouble } from './trouble.ts';

/** Remembers since when each trouble has lasted without a break. */
export interface Hold {
  /**
   * Takes note of the present troubles.
   *
   * @param now milliseconds of a clock that never goes back.
   * @returns the first trouble that has lasted long enough, and after how many milliseconds to look again.
   */
  judge(
    present: readonly Trouble[],
    now: number,
  ): { readonly fatal: Trouble | null; readonly againMs: number };
}

const lookAgainMs = 5_000;

export function createHold(): Hold {
  let since = new Map<string, number>();
  return {
    judge: (present, now) => {
      since = new Map(present.map(({ key }) => [key, since.get(key) ?? now]));
      const left = (trouble: Trouble): number => (since.get(trouble.key) ?? now) + trouble.afterMs - now;
      const fatal = present.find((trouble) => left(trouble) <= 0) ?? null;
      return { fatal, againMs: Math.min(lookAgainMs, ...present.map(left)) };
    },
  };
}
