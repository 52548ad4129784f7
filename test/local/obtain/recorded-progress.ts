import type { Progress } from '../../../local/progress.ts';

/** Progress that a test can read back. */
export function recorded(): Progress & { readonly said: string[] } {
  const said: string[] = [];
  return {
    said,
    start: (title) => void said.push(`start: ${title}`),
    update: (text) => void said.push(`update: ${text}`),
    done: (text) => void said.push(`done: ${text ?? ''}`),
    fail: (text) => void said.push(`fail: ${text}`),
  };
}
