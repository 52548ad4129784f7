/** Text of others as Markdown shows it unchanged: no formatting, no HTML, no table break, no mention that mails people. */
export function escapeMarkdown(text: string): string {
  return text
    .replaceAll(/[\\`*_[\]<>|#~&]/g, (character) => `\\${character}`)
    .replaceAll('@', '@\u200b')
    .replaceAll(/\s*[\r\n]\s*/g, ' ');
}

/** Text of others as code within a line, without what would end the code. */
export function inlineCode(text: string): string {
  return `\`${text.replaceAll('`', "'").replaceAll(/\s*[\r\n]\s*/g, ' ')}\``;
}

/** A fenced block whose fence is longer than any fence in the text. */
export function fenced(lines: readonly string[]): string {
  const text = lines.join('\n');
  const longest = Math.max(2, ...(text.match(/`+/g) ?? []).map((run) => run.length));
  const fence = '`'.repeat(longest + 1);
  return `${fence}text\n${text}\n${fence}`;
}

/** A URL as a link that shows itself. */
export function link(url: string): string {
  return `<${url.replaceAll(/[<>\s]/g, encodeURIComponent)}>`;
}

/** An instant in UTC: `2026-11-23 17:24 UTC`. */
export function instant(epochMs: number): string {
  return `${new Date(epochMs).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}

/** A duration in its two largest units: `2 h 5 min`. */
export function inWords(ms: number): string {
  const minutes = Math.round(ms / 60_000);
  if (minutes < 1) return 'less than a minute';
  const parts = [
    [Math.floor(minutes / 1440), 'd'],
    [Math.floor(minutes / 60) % 24, 'h'],
    [minutes % 60, 'min'],
  ] as const;
  return parts
    .filter(([amount]) => amount > 0)
    .slice(0, 2)
    .map(([amount, unit]) => `${amount} ${unit}`)
    .join(' ');
}
