const units = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1_000],
  ['ms', 1],
] as const;

const grammar = /^(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?(?:(\d+)ms)?$/;

/** Longest duration anybody may write: ten years. Timers beyond it are mistakes. */
const longest = 3_650 * 86_400_000;

/**
 * Reads a duration as people write it: whole numbers with the units `d h m s ms`, largest first (`14d`, `1h30m`),
 * or a bare `0`. Milliseconds; null when the text is no duration or longer than ten years.
 */
export function parseDuration(text: string): number | null {
  if (text === '0') return 0;
  const match = text === '' ? null : grammar.exec(text);
  if (!match) return null;
  const amount = units.reduce((sum, [, size], index) => sum + Number(match[index + 1] ?? 0) * size, 0);
  return amount <= longest ? amount : null;
}

/** The shortest text that `parseDuration` reads as these milliseconds, for example `1h30m`. Fractions are dropped. */
export function formatDuration(milliseconds: number): string {
  let rest = Math.max(0, Math.trunc(milliseconds));
  let text = '';
  for (const [unit, size] of units) {
    const amount = Math.floor(rest / size);
    if (amount > 0) text += `${amount}${unit}`;
    rest -= amount * size;
  }
  return text || '0';
}
