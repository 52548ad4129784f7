import { commandTable } from './command-table.ts';
import { reachable } from './page.ts';
import { renderFailure } from './report-failure.ts';
import { escapeMarkdown, inlineCode, instant, inWords, link } from './report-text.ts';
import type { Phase, PreviewStatus } from './status.ts';
import { deployWorkflowId } from './workflow-ids.ts';

const headings: Record<Phase, string> = {
  'awaiting-approval': 'Preview waits for approval',
  checking: 'Preview is being checked',
  'waiting-for-images': 'Preview waits for images',
  queued: 'Preview waits for a place',
  deploying: 'Preview is being deployed',
  ready: 'Preview is ready',
  'update-failed': 'Update failed, the commit before goes on serving',
  failed: 'Preview failed',
  'cleaning-up': 'Preview is being taken away',
  'cleanup-stuck': 'Preview cannot be taken away yet',
  gone: 'Preview is gone',
};

/** The sticky comment's body, without its marker: the whole state in one look, GitHub-flavoured Markdown. */
export function renderComment(status: PreviewStatus): string {
  return sections([
    `### ${headingOf(status)}`,
    summary(status),
    services(status),
    soonOver(status),
    progress(status),
    status.failure === null ? null : renderFailure(status.failure),
    bullets('Notes', status.notes),
    bullets('Warnings', status.warnings),
    blockers(status),
    receipt(status),
    help(status),
    commands(status),
  ]);
}

/** What Temporal Web UI shows of a running preview. It draws tables without any space between their columns: lists. */
export function renderDetails(status: PreviewStatus): string {
  return sections([
    `**${headingOf(status)}**`,
    facts(status),
    services(status),
    failureLine(status),
    blockers(status),
    receiptList(status),
  ]);
}

/** That the commit before goes on serving is said only where it does. */
function headingOf({ phase, disturbed }: PreviewStatus): string {
  return phase === 'update-failed' && disturbed.length > 0 ? 'Update failed' : headings[phase];
}

function summary(status: PreviewStatus): string {
  const turn = turnOf(status);
  const lines = [
    ['Asked', code(status.commit)],
    ['Served', code(status.liveCommit)],
    ...(status.deadline === null ? [] : [['Until', until(status.deadline, status)]]),
    ...(turn === null ? [] : [['Its turn', turn]]),
  ];
  return [
    `| State | ${escapeMarkdown(status.reason)} |`,
    '| --- | --- |',
    ...lines.map(([name, value]) => `| ${name} | ${value} |`),
  ].join('\n');
}

/** When it ends, and what that follows from: a comment is read long after it was written. */
function until(deadline: number, { deadlineReason }: PreviewStatus): string {
  return `${instant(deadline)}${deadlineReason === null ? '' : `, ${escapeMarkdown(deadlineReason)}`}`;
}

/** The warning before the deadline, with what can be done about it. */
function soonOver({ warned, deadline, latestDeadline }: PreviewStatus): string | null {
  if (warned === null || deadline === null || latestDeadline === null) return null;
  const more =
    latestDeadline > deadline
      ? `\`/preview extend 1d\` keeps it for a day from then on; at most until ${instant(latestDeadline)}.`
      : 'It cannot be extended any more; a push or `/preview` begins a new lifetime.';
  return `> [!WARNING]\n> In less than ${inWords(warned)}, at ${instant(deadline)}, it is taken away. ${more}`;
}

/** What Web UI says of it: the state, which commit, how long it lives, where it stands in the queue. */
function facts(status: PreviewStatus): string {
  const { deadline, latestDeadline, commit, liveCommit, phase, ref, reason } = status;
  const turn = turnOf(status);
  const lines = [
    `State: ${escapeMarkdown(reason)}`,
    phase === 'deploying' ? `Its steps: workflow ${code(deployWorkflowId(ref))}` : null,
    turn === null ? null : `Its turn: ${turn}`,
    ...(commit === null ? [] : [`Asked: ${code(commit)}`, `Served: ${code(liveCommit)}`]),
    ...(deadline === null ? [] : [`Until: ${instant(deadline)}`]),
    ...(deadline === null || latestDeadline === null ? [] : [`At most until: ${instant(latestDeadline)}`]),
  ];
  return lines.flatMap((line) => (line === null ? [] : [`- ${line}`])).join('\n');
}

/** When it will have its place, as far as can be said; its number in the queue is in the reason. */
function turnOf({ queue }: PreviewStatus): string | null {
  return queue === null || queue.expectedAt === null ? null : `about ${instant(queue.expectedAt)}`;
}

function services({ services, liveCommit }: PreviewStatus): string | null {
  const links = reachable(services);
  if (links.length === 0 || liveCommit === null) return null;
  return links.map(({ name, url }) => `- **${escapeMarkdown(name)}**: ${link(url)}`).join('\n');
}

function progress({ progress, phase }: PreviewStatus): string | null {
  if (phase !== 'deploying' || progress.length === 0) return null;
  const rows = progress.map(
    ({ service, state, detail }) => `| ${escapeMarkdown(service)} | ${state} | ${escapeMarkdown(detail)} |`,
  );
  return ['| Service | State | |', '| --- | --- | --- |', ...rows].join('\n');
}

function bullets(title: string, lines: readonly string[]): string | null {
  if (lines.length === 0) return null;
  return [`**${title}**`, '', ...lines.map((line) => `- ${escapeMarkdown(line)}`)].join('\n');
}

function blockers({ blockers }: PreviewStatus): string | null {
  return bullets(
    'In the way',
    blockers.map(({ problem }) => problem.message),
  );
}

function receipt({ receipt }: PreviewStatus): string | null {
  if (receipt === null) return null;
  const rows = receipt.items.map(
    ({ kind, name, state, detail }) =>
      `| ${kind} | ${code(name)} | ${state}${detail === '' ? '' : `: ${escapeMarkdown(detail)}`} |`,
  );
  const table = ['| What | Name | Read back |', '| --- | --- | --- |', ...rows].join('\n');
  return `**Receipt**, read back ${instant(receipt.readAt)}\n\n${table}`;
}

function receiptList({ receipt }: PreviewStatus): string | null {
  if (receipt === null) return null;
  const lines = receipt.items.map(
    ({ kind, name, state, detail }) =>
      `- ${kind} ${code(name)}: ${state}${detail === '' ? '' : `, ${escapeMarkdown(detail)}`}`,
  );
  return [`**Receipt**, read back ${instant(receipt.readAt)}`, '', ...lines].join('\n');
}

/** What a person can do next, as a comment. */
function help({ phase, commit, ending, disturbed }: PreviewStatus): string | null {
  switch (phase) {
    case 'failed':
    case 'update-failed': {
      const reset = phase === 'failed' ? '' : '; `/preview reset` begins with a new database';
      const again = disturbed.length > 0 ? ' and puts right what could not be put back' : '';
      return `The next push tries again; \`/preview\` tries the same commit again${again}${reset}.`;
    }
    case 'gone':
      // what is closed comes back by being reopened, as the reason says
      return ending === 'closed' ? null : '`/preview` brings it back.';
    case 'awaiting-approval':
      return `\`/preview approve ${commit ?? '<commit>'}\` by somebody with write permission lets it be deployed.`;
    case 'queued':
    case 'waiting-for-images':
    case 'deploying':
      return '`/preview cancel` stops it.';
    case 'ready':
      return '`/preview extend 2d` lets it live longer, `/preview close` ends it.';
    case 'checking':
    case 'cleaning-up':
    case 'cleanup-stuck':
      return null;
  }
}

/** All that can be asked for, where something can be. */
function commands({ phase, ending }: PreviewStatus): string | null {
  if (phase === 'gone' && ending === 'closed') return null;
  const who = 'Each is a comment of its own, by somebody with write permission.';
  return `<details><summary>Commands</summary>\n\n${who}\n\n${commandTable('Comment')}\n\n</details>`;
}

/** Nothing where the state has said it already. */
function failureLine({ failure, reason }: PreviewStatus): string | null {
  if (failure === null || reason.includes(failure.summary)) return null;
  return `Failure: ${escapeMarkdown(failure.summary)}`;
}

function code(text: string | null): string {
  return text === null ? 'nothing' : inlineCode(text);
}

function sections(parts: readonly (string | null)[]): string {
  return `${parts.filter((part) => part !== null && part !== '').join('\n\n')}\n`;
}
