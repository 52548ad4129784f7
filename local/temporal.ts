import { join } from 'node:path';
import { execa } from 'execa';
import type { PartContext, PartDefinition } from './part.ts';
import type { Addresses } from './addresses.ts';

const NAMESPACE = 'default';

const SEARCH_ATTRIBUTES = [
  'PreviewRepo=Keyword',
  'PreviewPr=Int',
  'PreviewSha=Keyword',
  'PreviewPhase=Keyword',
  'PreviewDeadline=Datetime',
];

/** Temporal's development server with its Web UI; its data lie in one SQLite file. */
export const temporal: PartDefinition<'temporal'> = {
  name: 'temporal',
  needs: [],
  network: false,
  async start(context) {
    const { addresses } = context;
    const executable = await context.tool('temporal');
    context.progress.update('starting the server');
    await context.run({
      name: 'temporal',
      command: executable,
      args: serverArguments(addresses, join(context.folder, 'temporal.db')),
      listens: [temporalAddress(addresses), `127.0.0.1:${addresses.ports.temporalUi}`],
    });
    await waitUntilReady(context, executable);
    return {
      address: temporalAddress(addresses),
      namespace: NAMESPACE,
      uiUrl: `http://127.0.0.1:${addresses.ports.temporalUi}`,
      executable,
    };
  },
  ready: async (context) => waitUntilReady(context, await context.tool('temporal')),
};

function serverArguments(addresses: Addresses, database: string): string[] {
  const { ports } = addresses;
  return [
    'server',
    'start-dev',
    ...['--ip', '127.0.0.1', '--port', `${ports.temporal}`, '--ui-port', `${ports.temporalUi}`],
    ...['--metrics-port', `${ports.temporalMetrics}`, '--http-port', `${ports.temporalHttp}`],
    ...['--namespace', NAMESPACE, '--db-filename', database, '--log-level', 'warn'],
    ...SEARCH_ATTRIBUTES.flatMap((attribute) => ['--search-attribute', attribute]),
    ...['--dynamic-config-value', 'frontend.WorkflowTimeSkippingEnabled=true'],
  ];
}

/** Search attributes are registered last: once they are all there, everything else is. */
async function waitUntilReady(context: PartContext, executable: string): Promise<void> {
  const address = temporalAddress(context.addresses);
  await context.wait(
    async () => {
      const list = ['operator', 'search-attribute', 'list', '--address', address, '--namespace', NAMESPACE];
      const { stdout } = await execa(executable, [...list, '--command-timeout', '3s'], { env: {}, extendEnv: false });
      return SEARCH_ATTRIBUTES.every((attribute) => stdout.includes(attribute.split('=')[0] ?? ''));
    },
    { what: `Temporal's answer at ${address}`, everyMs: 200, timeoutMs: 60_000 },
  );
}

function temporalAddress(addresses: Addresses): string {
  return `127.0.0.1:${addresses.ports.temporal}`;
}
