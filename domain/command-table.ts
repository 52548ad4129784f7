import { commandHelp } from './command.ts';
import { escapeMarkdown, inlineCode } from './report-text.ts';

/** Every command with what it does, as a table in Markdown. @param title over the commands. */
export function commandTable(title: string): string {
  const rows = commandHelp.map(([usage, does]) => `| ${inlineCode(usage)} | ${escapeMarkdown(does)} |`);
  return [`| ${title} | What it does |`, '| --- | --- |', ...rows].join('\n');
}
