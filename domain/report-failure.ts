import type { FailureReport, Problem } from './failures.ts';
import { escapeMarkdown, fenced, inlineCode } from './report-text.ts';

/** Characters of log and events that go into a comment; the rest is in the cluster's own logs. */
const capCharacters = 8_000;

/** Why it failed, as a person reads it: one line, the pod and its reason, every problem, last words folded. */
export function renderFailure(failure: FailureReport): string {
  const facts = [
    ['Service', failure.service],
    ['Pod', failure.pod],
    ['Reason', failure.reason],
    ['Exit code', failure.exitCode === null ? null : String(failure.exitCode)],
  ].flatMap(([name, value]) =>
    value === null || value === undefined ? [] : [`- ${name}: ${escapeMarkdown(value)}`],
  );
  return [
    `**Failure** (${failure.type}): ${escapeMarkdown(failure.summary)}`,
    facts.join('\n'),
    failure.problems.map(renderProblem).join('\n'),
    folded('Last log lines', failure.logTail),
    folded('Events', failure.events),
  ]
    .filter((part) => part !== '')
    .join('\n\n');
}

function renderProblem({ where, message }: Problem): string {
  const [first = '', ...rest] = message.split('\n');
  const place = where === null ? '' : `${inlineCode(where)}: `;
  // what follows the first line is shown as it stands; fences of its own would be shown too
  const shown = rest.filter((line) => !/^\s*(`{3,}.*)?$/.test(line));
  const more = shown.length === 0 ? '' : `\n${indented(fenced(shown))}`;
  return `- ${place}${escapeMarkdown(first)}${more}`;
}

function folded(title: string, lines: readonly string[]): string {
  if (lines.length === 0) return '';
  return `<details><summary>${title}</summary>\n\n${fenced(lastOf(lines))}\n\n</details>`;
}

/** The last lines that fit: the end of a log says why. */
function lastOf(lines: readonly string[]): string[] {
  const kept: string[] = [];
  let left = capCharacters;
  for (const line of lines.toReversed()) {
    left -= line.length + 1;
    if (left < 0) return ['…', ...kept];
    kept.unshift(line);
  }
  return kept;
}

function indented(text: string): string {
  return text
    .split('\n')
    .map((line) => `  ${line}`)
    .join('\n');
}
