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

export function good(text: string): Finding {
  return { verdict: 'good', text, advice: null };
}

export function warning(text: string, advice: string): Finding {
  return { verdict: 'warning', text, advice };
}

export function bad(text: string, advice: string): Finding {
  return { verdict: 'bad', text, advice };
}

export function unknown(text: string, advice: string | null = null): Finding {
  return { verdict: 'unknown', text, advice };
}

/** Whether a version such as `v1.36.3` or `4.3` is at least another, by its first two numbers; null: it is none. */
export function isVersionFrom(
  version: string,
  least: readonly [major: number, minor: number],
): boolean | null {
  const match = /^v?(?<major>\d+)\.(?<minor>\d+)/.exec(version);
  if (match?.groups === undefined) return null;
  const major = Number(match.groups['major']);
  return major === least[0] ? Number(match.groups['minor']) >= least[1] : major > least[0];
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
