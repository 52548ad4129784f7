import { commandTable } from './command-table.ts';
import { escapeMarkdown, inlineCode, instant } from './report-text.ts';
import type { PreviewMemo } from './search-attributes.ts';
import type { PreviewStatus } from './status.ts';

/* Answers to commands: short comments, GitHub-flavoured Markdown. */

/** Why a command is not done. @param reason Markdown of ours, without a full stop. */
export function renderRefusal(reason: string): string {
  return `Not done: ${reason}${/[.?!]$/.test(reason) ? '' : '.'}\n`;
}

/** Nobody answered an `extend` or an `approve` in time. */
export function renderNoAnswer(): string {
  return 'No worker answered in time. It may still be done once one does: see `/preview status` before you say it again.\n';
}

/** Every command, with what it does. */
export function renderCommands(): string {
  const end = 'One command in a comment, on a line of its own; for people with write permission.';
  return `${commandTable('Command')}\n\n${end}\n`;
}

/** Where a preview stands: phase, reason, what is served, how long it lives. */
export function renderStanding(status: PreviewStatus): string {
  const { phase, reason, liveCommit, deadline, queue } = status;
  return standing({
    phase,
    reason,
    commit: liveCommit,
    until: deadline === null ? null : instant(deadline),
    turn: queue === null || queue.expectedAt === null ? null : instant(queue.expectedAt),
  });
}

/** The same of what Temporal keeps, when no worker answers; null: it keeps nothing yet. */
export function renderMemo(memo: PreviewMemo | null): string {
  const silent = 'No worker answers just now; what was asked is kept until one does.';
  if (memo === null) return `${silent}\n`;
  const { phase, reason, deadline } = memo;
  const known = standing({
    phase,
    reason,
    commit: null,
    until: deadline === null ? null : instant(Date.parse(deadline)),
    turn: null,
  });
  return `${silent} Last known:\n\n${known}`;
}

/** There is none. */
export function renderNoPreview(): string {
  return 'There is no preview of this pull request. `/preview` makes one.\n';
}

interface Standing {
  readonly phase: string;
  readonly reason: string;
  readonly commit: string | null;
  readonly until: string | null;
  readonly turn: string | null;
}

function standing({ phase, reason, commit, until, turn }: Standing): string {
  const facts = [
    commit === null ? null : `serves ${inlineCode(commit)}`,
    turn === null ? null : `its turn comes about ${turn}`,
    until === null ? null : `lives until ${until}`,
  ].flatMap((fact) => (fact === null ? [] : [`- ${fact}`]));
  return `${[`**${phase}**: ${escapeMarkdown(reason)}`, ...(facts.length === 0 ? [] : ['', ...facts])].join('\n')}\n`;
}
