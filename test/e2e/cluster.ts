import { execa } from 'execa';
import { Client } from 'pg';
import { inject } from 'vitest';

/** Runs kubectl as the cluster's admin: tests arrange and look with it; nothing under test does. */
export async function kubectl(...words: readonly string[]): Promise<string> {
  const { cluster, tools } = inject('stack');
  const env = { KUBECONFIG: cluster?.adminKubeconfig ?? '' };
  const { stdout } = await execa(tools.kubectl ?? 'kubectl', words, { env });
  return stdout;
}

/** Applies a manifest as the cluster's admin. */
export async function apply(manifest: object): Promise<void> {
  const { cluster, tools } = inject('stack');
  const env = { KUBECONFIG: cluster?.adminKubeconfig ?? '' };
  await execa(tools.kubectl ?? 'kubectl', ['apply', '-f', '-'], { env, input: JSON.stringify(manifest) });
}

/** Asks Postgres as its superuser. */
export async function sql<T extends object>(query: string, database = 'postgres'): Promise<T[]> {
  const { postgres } = inject('stack');
  const url = new URL(postgres?.superuserUrl ?? '');
  url.pathname = `/${database}`;
  const client = new Client({ connectionString: url.href });
  await client.connect();
  try {
    return (await client.query<T>(query)).rows;
  } finally {
    await client.end();
  }
}

/** What is left of a preview anywhere; empty when nothing is. */
export async function leftOvers(number: number): Promise<string[]> {
  const namespaces = await kubectl(
    'get',
    'namespace',
    `preview-${number}`,
    '--ignore-not-found',
    '-o',
    'name',
  );
  const databases = await sql<{ datname: string }>(
    `SELECT datname FROM pg_database WHERE datname = 'preview_${number}'`,
  );
  const roles = await sql<{ rolname: string }>(
    `SELECT rolname FROM pg_roles WHERE rolname = 'preview_${number}'`,
  );
  return [
    ...(namespaces === '' ? [] : [namespaces]),
    ...databases.map(({ datname }) => `database ${datname}`),
    ...roles.map(({ rolname }) => `role ${rolname}`),
  ];
}

/** States of all releases' revisions, each once; `pending-…` and `uninstalling` are those that must not stay. */
export async function releaseStates(namespace: string): Promise<string[]> {
  const words = ['get', 'secrets', '-n', namespace, '-l', 'owner=helm', '-o', 'json'];
  const secrets = JSON.parse(await kubectl(...words)) as {
    items: { metadata: { labels: { status: string } } }[];
  };
  return [...new Set(secrets.items.map(({ metadata }) => metadata.labels.status))];
}

/** Value of a key of a Secret. */
export async function secretValue(
  namespace: string,
  { name, key }: { readonly name: string; readonly key: string },
): Promise<string> {
  const secret = JSON.parse(await kubectl('get', 'secret', name, '-n', namespace, '-o', 'json')) as {
    data: Record<string, string>;
  };
  return Buffer.from(secret.data[key] ?? '', 'base64').toString();
}
