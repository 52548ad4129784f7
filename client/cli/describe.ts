import { formatDuration } from '../../domain/lifetime.ts';
import type { Receipt } from '../../domain/outcome.ts';
import type { QueuePosition } from '../../domain/place.ts';
import type { PullRequestRef } from '../../domain/pull-request.ts';
import { formatRef } from '../../domain/pull-request.ts';
import type { PreviewMemo } from '../../domain/search-attributes.ts';
import type { PreviewStatus } from '../../domain/status.ts';

/** Where a preview stands, for a terminal. */
export function describeStatus(status: PreviewStatus, now: number = Date.now()): string {
  const { ref, phase, reason, services, deadline, failure } = status;
  const width = Math.max(10, ...services.map(({ name }) => name.length));
  return lines([
    `${formatRef(ref)}  ${phase}`,
    `  ${reason}`,
    status.commit && `  asked for  ${status.commit}`,
    status.liveCommit && `  serving    ${status.liveCommit}`,
    status.queue && `  queue      ${describeQueue(status.queue, now)}`,
    status.place && `  place      ${status.place}`,
    deadline !== null && `  until      ${describeDeadline(deadline, now)}`,
    deadline !== null &&
      status.warned !== null &&
      `  ends soon; for more time: preview extend ${formatRef(ref)}`,
    ...services.map(({ name, url }) => url && `  ${name.padEnd(width)} ${url}`),
    ...status.progress.map(({ service, state, detail }) =>
      `  ${service.padEnd(width)} ${state} ${detail}`.trimEnd(),
    ),
    failure && describeFailure(failure),
    ...status.blockers.map(({ problem }) => `  in the way: ${problem.message}`),
    ...status.warnings.map((text) => `  warning: ${text}`),
    ...status.notes.map((text) => `  note: ${text}`),
    status.receipt && describeReceipt(status.receipt),
  ]);
}

/** What Temporal itself keeps of a preview, when no worker answers. */
export function describeMemo(
  ref: PullRequestRef,
  memo: PreviewMemo | null,
  now: number = Date.now(),
): string {
  if (memo === null) return `${formatRef(ref)}  nothing is known yet`;
  return lines([
    `${formatRef(ref)}  ${memo.phase} (last known)`,
    `  ${memo.reason}`,
    memo.commit && `  commit     ${memo.commit}`,
    memo.queue && `  queue      ${describeQueue(memo.queue, now)}`,
    memo.deadline && `  until      ${memo.deadline}`,
    memo.deadline && memo.warned && `  ends soon; for more time: preview extend ${formatRef(ref)}`,
    ...memo.hosts.map((host) => `  ${host}`),
  ]);
}

/** What was taken away, item by item. */
function describeReceipt({ items, readAt }: Receipt): string {
  return lines([
    `  read back at ${new Date(readAt).toISOString()}`,
    ...items.map(
      ({ kind, name, state, detail }) =>
        `  ${state.padEnd(8)} ${kind} ${name}${detail && state === 'foreign' ? `: ${detail}` : ''}`,
    ),
  ]);
}

/** One line of progress: `12:01:07 deploying: deploys abc1234`. */
export function describeChange(status: PreviewStatus, now: Date = new Date()): string {
  const { phase, reason, looking, queue } = status;
  const estimate = queue === null ? null : describeEstimate(queue, now.getTime());
  const doing =
    looking === true
      ? 'reads the pull request'
      : [reason, estimate].filter((part) => part !== null).join(', ');
  return `${now.toISOString().slice(11, 19)} ${looking === true ? 'looking' : phase}: ${doing}`;
}

function describeFailure({
  summary,
  service,
  pod,
  reason,
  exitCode,
  problems,
  logTail,
  events,
}: NonNullable<PreviewStatus['failure']>): string {
  return lines([
    `  failure: ${summary}`,
    service && `    service ${service}`,
    pod &&
      `    pod ${pod}${reason === null ? '' : `, ${reason}`}${exitCode === null ? '' : `, exit code ${exitCode}`}`,
    ...problems.map(({ where, message }) => `    - ${where === null ? '' : `${where}: `}${message}`),
    ...events.map((text) => `    event: ${text}`),
    ...logTail.map((text) => `    | ${text}`),
  ]);
}

/** An instant in UTC and how far it is: `2026-11-29T12:00:00.000Z (in 2d)`. */
export function describeDeadline(deadline: number, now: number = Date.now()): string {
  return `${new Date(deadline).toISOString()} (${inTime(deadline - now)})`;
}

/** Where in the queue for places a preview stands: `number 2, about 1h30m to wait`. */
export function describeQueue(queue: QueuePosition, now: number = Date.now()): string {
  const estimate = describeEstimate(queue, now);
  return `number ${queue.position}${estimate === null ? '' : `, ${estimate}`}`;
}

function describeEstimate({ expectedAt }: QueuePosition, now: number): string | null {
  return expectedAt === null ? null : `about ${formatDuration(roundedUp(expectedAt - now))} to wait`;
}

/** To whole minutes; days away, to whole hours: it is an estimate. */
function roundedUp(ms: number): number {
  const step = ms > 86_400_000 ? 3_600_000 : 60_000;
  return Math.max(1, Math.ceil(ms / step)) * step;
}

function inTime(ms: number): string {
  return ms <= 0 ? 'over' : `in ${formatDuration(Math.ceil(ms / 60_000) * 60_000)}`;
}

function lines(parts: readonly (string | false | null | undefined)[]): string {
  return parts.filter((part) => typeof part === 'string' && part !== '').join('\n');
}
