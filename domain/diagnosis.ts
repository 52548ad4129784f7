import { formatDuration } from './lifetime.ts';

/** What `preview doctor` looks at, in the order in which it tells of it. */
export const examinedAreas = [
  'settings',
  'Temporal',
  'cluster',
  'addresses',
  'database',
  'registries',
  'GitHub',
  'Helm',
] as const;
export type ExaminedArea = (typeof examinedAreas)[number];

/** One thing that was looked at. */
export interface Finding {
  /** `unknown`: it could not be looked at from here, which is no fault by itself. */
  readonly verdict: 'good' | 'warning' | 'bad' | 'unknown';
  /** What was found, in one line. */
  readonly text: string;
  /** What to do; null: nothing. */
  readonly advice: string | null;
}

/** A finding that nothing is to be done about. */
export function good(text: string): Finding {
  return { verdict: 'good', text, advice: null };
}

/** A finding that previews live with, and somebody should look at. @param advice what to do. */
export function warning(text: string, advice: string): Finding {
  return { verdict: 'warning', text, advice };
}

/** A finding that previews fail of: the diagnosis as a whole is not well. @param advice what to do. */
export function bad(text: string, advice: string): Finding {
  return { verdict: 'bad', text, advice };
}

/** What could not be looked at, which is no fault. @param advice what would show it; default: nothing. */
export function unknown(text: string, advice: string | null = null): Finding {
  return { verdict: 'unknown', text, advice };
}

/** Connections of a PostgreSQL server. */
export interface ConnectionBudget {
  /** `max_connections`. */
  readonly most: number;
  /** Kept for superusers and for roles with `pg_use_reserved_connections`. */
  readonly reserved: number;
  /** Of others than previews, now. */
  readonly others: number;
}

/** What the worker itself may hold at once. */
const ownConnections = 5;

/**
 * Whether every preview may have all of its connections at once.
 *
 * @param wanted.previews how many there may be at once.
 * @param wanted.each the connection limit of each.
 */
export function judgeConnections(
  { most, reserved, others }: ConnectionBudget,
  { previews, each }: { readonly previews: number; readonly each: number },
): Finding {
  const needed = previews * each + ownConnections + others;
  const there = most - reserved;
  const sum = `${previews} previews of ${each} connections, ${ownConnections} of the worker and ${others} of others are ${needed}; the server gives ${there}`;
  if (needed <= there) return good(sum);
  return bad(sum, 'Raise max_connections, or lower `capacity` or `database.connectionLimit`');
}

/** A certificate as it was served. */
export interface ServedCertificate {
  readonly host: string;
  /** Why it is not believed for that host; null: it is. */
  readonly fault: string | null;
  readonly issuer: string;
  /** Epoch milliseconds. */
  readonly until: number;
}

const day = 24 * 60 * 60_000;

/**
 * Whether the certificate is believed for its host, and for two weeks more.
 *
 * @param now epoch milliseconds.
 */
export function judgeCertificate({ host, fault, issuer, until }: ServedCertificate, now: number): Finding {
  const date = new Date(until).toISOString().slice(0, 10);
  const served = `${host} is served a certificate of ${issuer}, until ${date}`;
  if (fault !== null)
    return bad(
      `${served}, which does not hold for it: ${fault}`,
      'Give the ingress controller a wildcard certificate for the domain as its default, or name the secret in `tls`; for an authority of your own set `probe.ca`',
    );
  if (until - now < 14 * day) return warning(`${served}, soon over`, 'See that it is renewed');
  return good(served);
}

/** The reaper's Schedule. */
export interface ReaperReading {
  readonly scheduleId: string;
  readonly mode: 'on' | 'dry-run' | 'off';
  /** Milliseconds between two runs. */
  readonly everyMs: number;
  /** When the last run started, epoch milliseconds; null: none did. */
  readonly lastRun: number | null;
}

/** A run may last longer than the interval, and the next one be left out for it. */
const missedRuns = 3;

/**
 * Whether the reaper is on and runs: its last run is no older than three of its intervals.
 *
 * @param now epoch milliseconds.
 */
export function judgeReaper({ scheduleId, mode, everyMs, lastRun }: ReaperReading, now: number): Finding {
  const ago = lastRun === null ? null : Math.max(1000, Math.round((now - lastRun) / 1000) * 1000);
  const ran = ago === null ? 'has not run yet' : `ran ${formatDuration(ago)} ago`;
  if (mode !== 'on')
    return warning(
      `Schedule ${scheduleId} is ${mode === 'off' ? 'off' : 'a dry run'}; it ${ran}`,
      'preview setup --reaper on lets it act',
    );
  const text = `Schedule ${scheduleId} is on; it ${ran}`;
  if (ago !== null && ago <= missedRuns * everyMs) return good(text);
  return warning(
    `${text}, and should every ${formatDuration(everyMs)}`,
    `After that time look for workflow ${scheduleId} in Temporal Web UI: a run may hang or wait for a worker`,
  );
}
