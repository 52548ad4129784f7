/** What became of the database in a deploy; `resetting`: it was begun, and may or may not be a new one. */
export type DatabaseFate = 'kept' | 'resetting' | 'reset';

/** A service that did not serve for a while. */
export interface Absence {
  readonly service: string;
  readonly ms: number;
}

/** What people read of a reset that went well. */
export function resetNotes({
  hasDatabase,
  away,
}: {
  readonly hasDatabase: boolean;
  readonly away: readonly Absence[];
}): string[] {
  if (!hasDatabase) return ['There is no database to reset: this preview has none.'];
  const done = 'The database was reset: it is new, and migrations ran from nothing.';
  if (away.length === 0) return [done];
  const services = away.map(({ service }) => service).join(', ');
  const longest = Math.max(...away.map(({ ms }) => ms));
  return [
    done,
    `${services} ${away.length === 1 ? 'was' : 'were'} away meanwhile, for up to ${seconds(longest)}`,
  ];
}

/** What people read of an update that failed and was put back. */
export function fallBackNotes({
  away,
  ms,
  database,
}: {
  /** Services that could not serve meanwhile. */
  readonly away: readonly string[];
  /** From the update's beginning until the commit before was proved to serve. */
  readonly ms: number;
  /** Null: this preview has none. */
  readonly database: DatabaseFate | null;
}): string[] {
  return [
    ...(away.length > 0
      ? [`${away.join(', ')} could not keep the old pod meanwhile: away for up to ${seconds(ms)}`]
      : []),
    ...(database === null ? [] : [databaseNotes[database]]),
  ];
}

const databaseNotes: Readonly<Record<DatabaseFate, string>> = {
  kept: 'Migrations of the failed commit are not undone.',
  resetting: 'The reset of the database was begun: what was in it may be gone.',
  reset:
    'The database was reset before that: the commit before serves on the new one, and what was in the old one is gone.',
};

function seconds(ms: number): string {
  return `${Math.round(ms / 1000)} s`;
}
