import { randomInt } from 'node:crypto';
import type { Socket } from 'node:net';
import { connect as connectSocket, createServer } from 'node:net';
import { Client } from 'pg';
import { inject } from 'vitest';
import type { PostgresActivities } from '../../../activities/postgres/activities.ts';
import type { DroppedDatabase } from '../../../activities/postgres/drop.ts';
import { createPostgresActivities } from '../../../activities/postgres/activities.ts';
import type { Connect } from '../../../activities/postgres/clients.ts';
import { createConnect } from '../../../activities/postgres/clients.ts';
import type { CleanupTarget } from '../../../domain/outcome.ts';
import type { Plan, PlannedDatabase, PlanReference } from '../../../domain/plan.ts';
import type { OwnerMark } from '../../../domain/pull-request.ts';
import { activityEnvironment } from '../environment.ts';

export interface Server {
  readonly superuserUrl: string;
  readonly adminUrl: string;
}

function server(): Server {
  const { postgres } = inject('stack');
  if (!postgres) throw new Error('The local stack has no Postgres.');
  return postgres;
}

/** One preview that a test may do with as it likes; its name is its own. */
export interface TestPreview {
  readonly number: number;
  readonly owner: OwnerMark;
  readonly target: CleanupTarget;
  readonly database: PlannedDatabase;
  readonly reference: PlanReference;
  readonly name: string;
}

export interface Fixture {
  readonly server: Server;
  readonly connect: Connect;
  /** Secrets of all namespaces, by `namespace/name`. */
  readonly secrets: Map<string, Record<string, string>>;
  preview(changes?: Partial<PlannedDatabase>): TestPreview;
  /** Activities over the real server; `connect` and what happens at each touch of the secret can be replaced. */
  activities(options?: {
    connect?: Connect;
    onSecret?: (what: 'read' | 'write') => void;
  }): PostgresActivities;
  ensure(preview: TestPreview, activities?: PostgresActivities): Promise<{ created: boolean }>;
  drop(preview: TestPreview, activities?: PostgresActivities): Promise<DroppedDatabase>;
  /** URL in the preview's secret. */
  url(preview: TestPreview): string;
  sql<Row extends object>(text: string, values?: unknown[]): Promise<Row[]>;
  /** Takes away what tests left behind, whoever it belongs to. */
  close(): Promise<void>;
}

export async function createFixture(): Promise<Fixture> {
  const found = server();
  const superuser = new Client({ connectionString: found.superuserUrl });
  superuser.on('error', () => undefined);
  await superuser.connect();
  const connect = createConnect(found.adminUrl);
  const secrets = new Map<string, Record<string, string>>();
  const plans = new Map<number, Plan>();
  const names: string[] = [];
  const sql = async <Row extends object>(text: string, values: unknown[] = []): Promise<Row[]> =>
    (await superuser.query<Row>(text, values)).rows;

  const fixture: Fixture = {
    server: found,
    connect,
    secrets,
    sql,
    preview(changes) {
      const preview = testPreview(found, changes);
      names.push(preview.name);
      plans.set(preview.number, testPlan(preview));
      return preview;
    },
    activities: ({ connect: other, onSecret } = {}) =>
      createPostgresActivities({
        connect: other ?? connect,
        plans: {
          load: (reference) => {
            const plan = plans.get(reference.inputs.pullRequest.number);
            if (!plan) throw new Error(`no plan for ${reference.inputs.pullRequest.number}`);
            return Promise.resolve({ plan, charts: {} });
          },
        },
        applySecret: ({ namespace, name, data }) => {
          secrets.set(`${namespace}/${name}`, { ...data });
          onSecret?.('write');
          return Promise.resolve();
        },
        readSecret: ({ namespace, name }) => {
          onSecret?.('read');
          return Promise.resolve(secrets.get(`${namespace}/${name}`) ?? null);
        },
      }),
    ensure: async (preview, activities = fixture.activities()) =>
      await activityEnvironment().run(activities.ensureDatabase, { plan: preview.reference }),
    drop: async (preview, activities = fixture.activities()) =>
      await activityEnvironment().run(activities.dropDatabase, preview.target),
    url: (preview) => secrets.get(`preview-${preview.number}/database`)?.['url'] ?? 'no secret',
    async close() {
      for (const name of names) {
        await superuser.query(`DROP DATABASE IF EXISTS "${name}" WITH (FORCE)`);
        await superuser.query(`DROP ROLE IF EXISTS "${name}"`);
      }
      await superuser.end();
    },
  };
  return fixture;
}

/** Runs one statement with the URL that pods would use. */
export async function queryAs<Row extends object>(url: string, text: string): Promise<Row[]> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 10_000 });
  client.on('error', () => undefined);
  try {
    await client.connect();
    return (await client.query<Row>(text)).rows;
  } finally {
    await client.end();
  }
}

/** A connection that stays open until it is ended from either side. */
export async function holdOpen(url: string): Promise<Client> {
  const client = new Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  return client;
}

/** A `Connect` whose connections tell of each statement, before it is sent. */
export function watched(connect: Connect, onStatement: (text: string, values: unknown) => void): Connect {
  return async (login) => {
    const client = await connect(login);
    const query = client.query.bind(client) as (...args: unknown[]) => unknown;
    client.query = ((...args: unknown[]) => {
      onStatement(String(args[0]), args[1]);
      return query(...args);
    }) as typeof client.query;
    return client;
  };
}

/** A way to the server that can be cut and mended. */
export async function breakableWay(adminUrl: string): Promise<{
  url: string;
  cut(): void;
  mend(): void;
  close(): Promise<void>;
}> {
  const target = new URL(adminUrl);
  const open = new Set<Socket>();
  let whole = true;
  const proxy = createServer((inside) => {
    if (!whole) return void inside.destroy();
    const outside = connectSocket(Number(target.port), target.hostname);
    for (const [one, other] of [[inside, outside] as const, [outside, inside] as const]) {
      open.add(one);
      one.on('error', () => other.destroy());
      one.on('close', () => {
        open.delete(one);
        other.destroy();
      });
      one.pipe(other);
    }
  });
  await new Promise<void>((resolve) => void proxy.listen(0, '127.0.0.1', resolve));
  const url = new URL(adminUrl);
  url.host = `127.0.0.1:${(proxy.address() as { port: number }).port}`;
  const cut = (): void => {
    whole = false;
    for (const socket of open) socket.destroy();
  };
  return {
    url: url.href,
    cut,
    mend: () => (whole = true),
    close: async () => {
      cut();
      await new Promise((resolve) => proxy.close(resolve));
    },
  };
}

function testPreview({ adminUrl }: Server, changes: Partial<PlannedDatabase> = {}): TestPreview {
  const number = randomInt(1_000_000, 2_000_000_000);
  const name = `preview_${number}`;
  const owner = {
    platform: 'pg-test',
    repositoryId: 4711,
    owner: 'example',
    repository: 'videocall',
    number,
  };
  const { hostname, port } = new URL(adminUrl);
  const database = {
    name,
    secret: { name: 'database', key: 'url' },
    host: hostname,
    port: Number(port),
    parameters: { sslmode: 'disable' },
    connectionLimit: 5,
    template: null,
    ...changes,
  };
  const pullRequest = { owner: owner.owner, repository: owner.repository, number };
  return {
    number,
    name,
    owner,
    database,
    target: { ...owner, namespace: `preview-${number}`, database: name },
    reference: { inputs: { pullRequest } as PlanReference['inputs'], hash: null },
  };
}

function testPlan({ database, number, owner }: TestPreview): Plan {
  return { database, owner, names: { namespace: `preview-${number}` } } as Plan;
}
