import { checkDatabase } from '../../../activities/postgres/check.ts';
import { createConnect } from '../../../activities/postgres/clients.ts';
import type { Connect } from '../../../activities/postgres/clients.ts';
import { isSuperuser, readConnections } from '../../../activities/postgres/connections.ts';
import { openDatabases } from '../../../activities/postgres/open-databases.ts';
import type { PlatformConfig } from '../../../domain/config.ts';
import type { Finding } from '../../../domain/diagnosis.ts';
import { bad, good, judgeConnections, unknown, warning } from '../../../domain/diagnosis.ts';
import { sampleRef } from './samples.ts';
import { withPlatform } from './patient.ts';

/** The server of previews' databases, as the worker logs in there. */
export const examineDatabase = withPlatform(async ({ platform, env }, signal) => {
  const { database } = platform;
  if (database === null) return [good('the platform has none')];
  const url = env['DATABASE_ADMIN_URL'];
  if (!url) return [unknown('DATABASE_ADMIN_URL is not set here: run this where the worker runs')];
  const connect = createConnect(url);
  return [
    ...(await rights(connect, platform, signal)),
    await strangers(connect, signal),
    await connections(connect, { platform, each: database.connectionLimit }, signal),
    unknown(`whether pods reach it at ${database.host}:${database.port} shows only in a preview`),
  ];
});

async function rights(connect: Connect, platform: PlatformConfig, signal: AbortSignal): Promise<Finding[]> {
  const { database: name, owner } = sampleRef(platform);
  const template = platform.database?.template ?? null;
  const { problems } = await checkDatabase(connect, { name: name ?? '', owner, template }, signal);
  const superuser = await isSuperuser(connect, signal);
  return [
    ...problems.map(({ where, message }) => bad(`${where ?? 'the server'} is not as it must be`, message)),
    ...(superuser
      ? [
          warning(
            'the admin is a superuser',
            'Let the worker log in as a role with LOGIN CREATEDB CREATEROLE and no more',
          ),
        ]
      : []),
    ...(problems.length === 0 && !superuser
      ? [good('the admin may create databases and roles, and is no superuser')]
      : []),
  ];
}

async function strangers(connect: Connect, signal: AbortSignal): Promise<Finding> {
  const names = await openDatabases(connect, signal);
  if (names.length === 0) return good("previews' roles may connect to no other database");
  const revoke = names.map((name) => `REVOKE CONNECT ON DATABASE "${name}" FROM PUBLIC`).join('; ');
  return warning(`previews' roles may connect to ${names.join(', ')}`, revoke);
}

async function connections(
  connect: Connect,
  { platform, each }: { readonly platform: PlatformConfig; readonly each: number },
  signal: AbortSignal,
): Promise<Finding> {
  const { capacity } = platform;
  const previews = 'places' in capacity ? capacity.places : capacity.stems.length;
  const text = platform.database?.pattern.replace(/\{[^}]*\}/g, '%').replaceAll('_', String.raw`\_`) ?? '';
  return judgeConnections(await readConnections(connect, text, signal), { previews, each });
}
