import { formatRef } from './pull-request.ts';
import type { ReapAction } from './reconcile.ts';
import type { ReapReport, TellOutcome } from './reconcile-report.ts';

/** A run of the reaper in Markdown, which reads well as plain text too. */
export function describeReap(report: ReapReport): string {
  const { systems, actions, unknown, stuck } = report;
  const parts = [
    headline(report),
    ...section(
      'Listed',
      systems.map(({ what, count, problem }) =>
        count === null
          ? `${what}: **unknown**, so nothing of that kind is touched: ${problem}`
          : `${what}: ${count}`,
      ),
    ),
    ...section(
      report.dryRun ? 'Would be sent' : 'Sent',
      actions.map(({ action, outcome }) => `${describeAction(action)}: ${action.why}${ending(outcome)}`),
    ),
    ...section(
      'Stuck',
      stuck.map(({ workflowId, why }) => `\`${workflowId}\`: ${why}`),
    ),
    ...section(
      'Unknown, and left alone',
      unknown.map(({ workflowId, why }) => `\`${workflowId}\`: ${why}`),
    ),
    ...section('Webhook events that did not arrive', deliveries(report)),
    ...section('Left for a later run', leftOvers(report)),
  ];
  return parts.join('\n');
}

/** Who is told what. */
export function describeAction(action: ReapAction): string {
  switch (action.kind) {
    case 'look':
      return `${formatRef(action.ref)} looks again`;
    case 'clean-up':
      return `${formatRef(action.ref)} is cleaned up`;
    case 'push':
      return `${formatRef(action.ref)} is started at ${action.sha.slice(0, 7)}`;
    case 'release':
      return `place ${action.leaseId} goes back`;
    case 'start-pool':
      return 'the pool of places is started';
  }
}

/** One line: what it came to. */
function headline({ platform, dryRun, actions, stuck, systems, unknown }: ReapReport): string {
  const away = systems.filter(({ count }) => count === null).length;
  const failed = actions.filter(({ outcome }) => outcome.state === 'failed').length;
  const said = actions.length === 0 ? 'nothing to do' : count(actions.length, 'message');
  const rest = [
    failed > 0 ? `${failed} of them not delivered` : '',
    stuck.length > 0 ? `${stuck.length} stuck` : '',
    unknown.length > 0 ? `${unknown.length} unknown` : '',
    away > 0 ? `${count(away, 'list')} missing` : '',
  ].filter((text) => text !== '');
  const mode = dryRun ? ' (dry run: nothing is sent)' : '';
  return `Reaper of platform ${platform}${mode}: ${[said, ...rest].join(', ')}`;
}

function ending(outcome: TellOutcome): string {
  switch (outcome.state) {
    case 'planned':
    case 'sent':
      return '';
    case 'moot':
      return ' (it ended in between)';
    case 'failed':
      return ` (**not delivered**: ${outcome.problem})`;
  }
}

function deliveries({ deliveries: found, dryRun }: ReapReport): string[] {
  if (found === null) return [];
  if ('problem' in found) return [`**unknown**: ${found.problem}`];
  if (found.due === 0) return [];
  return [`${count(found.due, 'event')}${dryRun ? '' : `, ${found.redelivered} sent again`}`];
}

function leftOvers({ leftOver, young }: ReapReport): string[] {
  return [
    ...(leftOver > 0 ? [`${count(leftOver, 'message')} beyond what one run sends`] : []),
    ...(young > 0 ? [`${count(young, 'preview')} with something younger than ten minutes`] : []),
  ];
}

/** Most lines under one title: Temporal takes no details of more than 20 KB. */
const linesAtMost = 50;

function section(title: string, lines: readonly string[]): string[] {
  if (lines.length === 0) return [];
  const more = lines.length - linesAtMost;
  const shown = [...lines.slice(0, linesAtMost), ...(more > 0 ? [`and ${more} more`] : [])];
  return ['', `### ${title}`, '', ...shown.map((line) => `- ${line}`)];
}

function count(amount: number, noun: string): string {
  return `${amount} ${noun}${amount === 1 ? '' : 's'}`;
}
