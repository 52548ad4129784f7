import type { CapacityStatus } from './capacity-messages.ts';
import { parseLeaseId } from './capacity-messages.ts';
import { escapeMarkdown, instant, inWords } from './report-text.ts';

/** Rows of a table; Temporal shows at most 20 KB. */
const mostRows = 40;

/** The details that Temporal Web UI shows of a pool, as Markdown: who holds a place, who waits, and for what. */
export function renderCapacityDetails(status: CapacityStatus): string {
  const { leases, queue, recovered, problem } = status;
  const held = leases.map(
    ({ id, place, grantedAt }) => `| ${nameOf(id)} | ${placeText(place)} | ${instant(grantedAt)} |`,
  );
  const waiting = queue.map(
    ({ id, position, ready, draft, estimateMs }) =>
      `| ${position} | ${nameOf(id)}${draft ? ', a draft' : ''} | ${ready ? 'yes' : 'not yet'} | ${waitText(estimateMs)} |`,
  );
  return [
    `**${leases.length} of ${sizeText(status)} held, ${queue.length} waiting.**`,
    ...(recovered ? [] : [recoveryText(problem)]),
    ...table(['| held by | place | since |', '| --- | --- | --- |'], held),
    ...table(['| # | waiting | ready | about |', '| --- | --- | --- | --- |'], waiting),
  ].join('\n\n');
}

function sizeText({ size }: CapacityStatus): string {
  const count = 'places' in size ? size.places : size.stems.length;
  return `${count} ${count === 1 ? 'place' : 'places'}`;
}

function recoveryText(problem: string | null): string {
  const why = problem === null ? '' : ` The last try failed: ${escapeMarkdown(problem)}`;
  return `What is held is being read from the cluster; no place is given until then.${why}`;
}

function table(head: readonly string[], rows: readonly string[]): string[] {
  if (rows.length === 0) return [];
  const more = rows.length - mostRows;
  return [[...head, ...rows.slice(0, mostRows)].join('\n'), ...(more > 0 ? [`… and ${more} more.`] : [])];
}

function nameOf(id: string): string {
  return escapeMarkdown((parseLeaseId(id)?.workflowId ?? id).slice(0, 120));
}

function placeText(place: string | null): string {
  return place === null ? 'any' : escapeMarkdown(place.slice(0, 63));
}

function waitText(estimateMs: number | null): string {
  return estimateMs === null ? 'not known' : inWords(estimateMs);
}
