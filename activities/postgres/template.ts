import { escapeIdentifier } from 'pg';
import { failure } from '../failure.ts';
import type { Connect } from './clients.ts';
import type { Session } from './session.ts';
import { withSession } from './session.ts';

/** Above this, copying files beats writing every page through the log. Measured: 216 MB in 376 instead of 774 ms. */
const fileCopyAboveBytes = 50 * 1024 * 1024;

/** The part of CREATE DATABASE that names the template; empty for an empty database. */
export async function copyOptions(session: Session, template: string | null): Promise<string> {
  if (template === null) return '';
  const [row] = await session.query<{ bytes: string | null }>(
    `SELECT CASE WHEN has_database_privilege(oid, 'CONNECT') THEN pg_database_size(oid) END AS bytes
       FROM pg_database WHERE datname = $1`,
    [template],
  );
  if (!row) {
    throw failure(
      'DatabaseDenied',
      `The template database "${template}" of the platform config does not exist`,
    );
  }
  const large = row.bytes === null || Number(row.bytes) > fileCopyAboveBytes;
  const strategy = large && session.version >= 15 ? ' STRATEGY FILE_COPY' : '';
  return ` TEMPLATE ${escapeIdentifier(template)}${strategy}`;
}

/**
 * Gives everything in a database that was copied from a template to the role that owns the database: objects keep
 * their owner in a copy, and migrations must be able to alter them. Members of extensions stay as they are.
 */
export async function ownCopiedObjects(connect: Connect, name: string, signal: AbortSignal): Promise<void> {
  await withSession(
    () => connect({ database: name }),
    signal,
    async (inside) => {
      const statements = await inside.query<{ statement: string }>(foreignObjects, [name]);
      for (const { statement } of statements)
        await inside.query(`${statement} OWNER TO ${escapeIdentifier(name)}`);
    },
  );
}

/** `ALTER <kind> <name>` for each object that belongs to another role than $1; schemas first. REASSIGN OWNED would take the template itself along. */
const foreignObjects = `
  WITH mine AS (SELECT oid FROM pg_roles WHERE rolname = $1),
  spaces AS (
    SELECT oid, nspname, nspowner FROM pg_namespace
     WHERE nspname <> 'information_schema' AND nspname NOT LIKE 'pg\\_%'),
  objects AS (
    SELECT 1 AS rank, format('ALTER SCHEMA %I', nspname) AS statement, nspowner AS owner,
           'pg_namespace'::regclass AS class, oid FROM spaces
     WHERE nspname <> 'public'
    UNION ALL
    SELECT 2, format(CASE c.relkind WHEN 'S' THEN 'ALTER SEQUENCE %I.%I' WHEN 'v' THEN 'ALTER VIEW %I.%I'
           WHEN 'm' THEN 'ALTER MATERIALIZED VIEW %I.%I' WHEN 'c' THEN 'ALTER TYPE %I.%I'
           WHEN 'f' THEN 'ALTER FOREIGN TABLE %I.%I' ELSE 'ALTER TABLE %I.%I' END, s.nspname, c.relname),
           c.relowner, 'pg_class'::regclass, c.oid
      FROM pg_class c JOIN spaces s ON s.oid = c.relnamespace WHERE c.relkind IN ('r', 'p', 'v', 'm', 'S', 'f', 'c')
    UNION ALL
    SELECT 3, 'ALTER ROUTINE ' || p.oid::regprocedure::text, p.proowner, 'pg_proc'::regclass, p.oid
      FROM pg_proc p JOIN spaces s ON s.oid = p.pronamespace
    UNION ALL
    SELECT 4, format(CASE t.typtype WHEN 'd' THEN 'ALTER DOMAIN %I.%I' ELSE 'ALTER TYPE %I.%I' END, s.nspname, t.typname),
           t.typowner, 'pg_type'::regclass, t.oid
      FROM pg_type t JOIN spaces s ON s.oid = t.typnamespace WHERE t.typtype IN ('d', 'e', 'r'))
  SELECT statement FROM objects
   WHERE owner <> (SELECT oid FROM mine)
     -- neither of an extension nor carried along by a table (its sequences, its row type)
     AND NOT EXISTS (SELECT FROM pg_depend d
                      WHERE d.classid = objects.class AND d.objid = objects.oid AND d.deptype IN ('e', 'a', 'i')
                        AND (d.deptype = 'e' OR d.refclassid = 'pg_class'::regclass))
   ORDER BY rank, statement`;
