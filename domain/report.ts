import type { FailureReport } from './failures.ts';
import { formatRef } from './pull-request.ts';
import { renderFailure } from './report-failure.ts';
import { escapeMarkdown, inWords, instant, link } from './report-text.ts';
import type { Phase, PreviewStatus } from './status.ts';

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
    progress(status),
    status.failure === null ? null : renderFailure(status.failure),
    bullets('Notes', status.notes),
    bullets('Warnings', status.warnings),
    blockers(status),
    receipt(status),
    help(status),
  ]);
}

/** What Temporal Web UI shows of a running preview. */
export function renderDetails(status: PreviewStatus): string {
  return sections([
    `**${headingOf(status)}**: ${escapeMarkdown(status.reason)}`,
    services(status),
    failureLine(status.failure),
    blockers(status),
    receipt(status),
  ]);
}

/** That the commit before goes on serving is said only where it does. */
function headingOf({ phase, disturbed }: PreviewStatus): string {
  return phase === 'update-failed' && disturbed.length > 0 ? 'Update failed' : headings[phase];
}

function summary(status: PreviewStatus): string {
  const lines = [
    ['Asked', code(status.commit)],
    ['Served', code(status.liveCommit)],
    ...(status.deadline === null ? [] : [['Until', instant(status.deadline)]]),
    ...(status.queue === null
      ? []
      : [
          [
            'Place in the queue',
            `${status.queue.position}${status.queue.estimateMs === null ? '' : `, about ${inWords(status.queue.estimateMs)}`}`,
          ],
        ]),
  ];
  return [
    `| State | ${escapeMarkdown(status.reason)} |`,
    '| --- | --- |',
    ...lines.map(([name, value]) => `| ${name} | ${value} |`),
  ].join('\n');
}

function services({ services, liveCommit }: PreviewStatus): string | null {
  const reachable = services.filter(({ url }) => url !== null);
  if (reachable.length === 0 || liveCommit === null) return null;
  // the bare host first: the page a person wants
  reachable.sort((one, other) => (one.url?.length ?? 0) - (other.url?.length ?? 0));
  return reachable.map(({ name, url }) => `- **${escapeMarkdown(name)}**: ${link(url ?? '')}`).join('\n');
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

function help({ phase, ref }: PreviewStatus): string | null {
  if (phase !== 'failed' && phase !== 'update-failed') return null;
  return `The next push tries again; \`preview deploy ${formatRef(ref)}\` tries the same commit again.`;
}

function failureLine(failure: FailureReport | null): string | null {
  return failure === null ? null : `Failure: ${escapeMarkdown(failure.summary)}`;
}

function code(text: string | null): string {
  return text === null ? 'nothing' : `\`${text.replaceAll('`', "'")}\``;
}

function sections(parts: readonly (string | null)[]): string {
  return `${parts.filter((part) => part !== null && part !== '').join('\n\n')}\n`;
}
