import * as core from '@actions/core';

/** A line of the job's log. */
export function say(text: string): void {
  core.info(logLine(text));
}

/**
 * A text as one line that the runner only shows. What a preview says may quote a stranger's program, and the runner
 * obeys what begins with `::` or holds `##[`, wherever it comes from.
 */
export function logLine(text: string): string {
  return text
    .replaceAll(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ')
    .trimEnd()
    .replaceAll('##[', '# #[')
    .replace(/^(\s*)::/, '$1: :');
}

/** A note at the top of the job's page that nothing is wrong, but something is different from what one may expect. */
export function note(message: string): void {
  core.notice(shown(message), { title: 'Preview' });
}

/** The same in yellow. */
export function warn(message: string): void {
  core.warning(shown(message), { title: 'Preview' });
}

/** The same in red. */
export function complain(title: string, message: string): void {
  core.error(shown(message), { title });
}

/** The same for what may have several lines. */
function shown(text: string): string {
  return text.split('\n').map(logLine).join('\n');
}
