import type { CapacityStatus } from './capacity-messages.ts';
import { parseLeaseId } from './capacity-messages.ts';
import { escapeMarkdown, instant, inWords } from './report-text.ts';

/** Lines of a list; Temporal shows at most 20 KB. */
const mostLines = 40;

/**
 * The details that Temporal Web UI shows of a pool, as Markdown: who holds a place, who waits, and for what. Web UI
 * draws tables without any space between their columns: lists.
 */
export function renderCapacityDetails(status: CapacityStatus): string {
  const { leases, queue, recovered, problem } = status;
  const held = leases.map(
    ({ id, place, grantedAt }) => `- ${nameOf(id)}: ${placeText(place)} since ${instant(grantedAt)}`,
  );
  const waiting = queue.map(
    ({ id, position, ready, draft, estimateMs }) =>
      `${position}. ${nameOf(id)}${draft ? ', a draft' : ''}${ready ? '' : ', not ready yet'}: ${waitText(estimateMs)}`,
  );
  return [
    `**${leases.length} of ${sizeText(status)} held, ${queue.length} waiting.**`,
    ...(recovered ? [] : [recoveryText(problem)]),
    ...list('Held by', held),
    ...list('Waiting', waiting),
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

function list(title: string, lines: readonly string[]): string[] {
  if (lines.length === 0) return [];
  const more = lines.length - mostLines;
  return [title, lines.slice(0, mostLines).join('\n'), ...(more > 0 ? [`… and ${more} more.`] : [])];
}

function nameOf(id: string): string {
  return escapeMarkdown((parseLeaseId(id)?.workflowId ?? id).slice(0, 120));
}

function placeText(place: string | null): string {
  return place === null ? 'a place' : escapeMarkdown(place.slice(0, 63));
}

function waitText(estimateMs: number | null): string {
  return estimateMs === null ? 'for how long is not known' : `about ${inWords(estimateMs)} to wait`;
}
