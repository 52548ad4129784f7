import { formatDuration } from '../../domain/lifetime.ts';
import type { Receipt } from '../../domain/outcome.ts';
import type { PullRequestRef } from '../../domain/pull-request.ts';
import { formatRef } from '../../domain/pull-request.ts';
import type { PreviewMemo } from '../../domain/search-attributes.ts';
import type { PreviewStatus } from '../../domain/status.ts';

/** Where a preview stands, for a terminal. */
export function describeStatus(status: PreviewStatus, now: number = Date.now()): string {
  const { ref, phase, reason, services, deadline, failure } = status;
  return lines([
    `${formatRef(ref)}  ${phase}`,
    `  ${reason}`,
    status.commit && `  asked for  ${status.commit}`,
    status.liveCommit && `  serving    ${status.liveCommit}`,
    deadline !== null && `  until      ${new Date(deadline).toISOString()} (${inTime(deadline - now)})`,
    ...services.map(({ name, url }) => url && `  ${name.padEnd(10)} ${url}`),
    ...status.progress.map(({ service, state, detail }) =>
      `  ${service.padEnd(10)} ${state} ${detail}`.trimEnd(),
    ),
    failure && describeFailure(failure),
    ...status.blockers.map(({ problem }) => `  in the way: ${problem.message}`),
    ...status.warnings.map((text) => `  warning: ${text}`),
    ...status.notes.map((text) => `  note: ${text}`),
    status.receipt && describeReceipt(status.receipt),
  ]);
}

/** What Temporal itself keeps of a preview, when no worker answers. */
export function describeMemo(ref: PullRequestRef, memo: PreviewMemo | null): string {
  if (memo === null) return `${formatRef(ref)}  nothing is known yet`;
  return lines([
    `${formatRef(ref)}  ${memo.phase} (last known)`,
    `  ${memo.reason}`,
    memo.commit && `  commit     ${memo.commit}`,
    memo.deadline && `  until      ${memo.deadline}`,
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
export function describeChange({ phase, reason, looking }: PreviewStatus, now: Date = new Date()): string {
  const doing = looking === true ? 'reads the pull request' : reason;
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

function inTime(ms: number): string {
  return ms <= 0 ? 'over' : `in ${formatDuration(Math.ceil(ms / 60_000) * 60_000)}`;
}

function lines(parts: readonly (string | false | null | undefined)[]): string {
  return parts.filter((part) => typeof part === 'string' && part !== '').join('\n');
}
