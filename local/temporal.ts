import { join } from 'node:path';
import { execa } from 'execa';
import { flags } from './flags.ts';
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
  tools: ['temporal'],
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
  const values = {
    ip: '127.0.0.1',
    port: ports.temporal,
    'ui-port': ports.temporalUi,
    'metrics-port': ports.temporalMetrics,
    'http-port': ports.temporalHttp,
    namespace: NAMESPACE,
    'db-filename': database,
    'log-level': 'warn',
    'search-attribute': SEARCH_ATTRIBUTES,
    'dynamic-config-value': 'frontend.WorkflowTimeSkippingEnabled=true',
  };
  return ['server', 'start-dev', ...flags(values)];
}

/** Search attributes are registered last: once they are all there, everything else is. */
async function waitUntilReady(context: PartContext, executable: string): Promise<void> {
  const address = temporalAddress(context.addresses);
  await context.wait(
    async () => {
      const asked = flags({ address, namespace: NAMESPACE, 'command-timeout': '3s' });
      const list = ['operator', 'search-attribute', 'list', ...asked];
      const { stdout } = await execa(executable, list, { env: {}, extendEnv: false });
      return SEARCH_ATTRIBUTES.every((attribute) => stdout.includes(attribute.split('=')[0] ?? ''));
    },
    { what: `Temporal's answer at ${address}`, everyMs: 200, timeoutMs: 60_000 },
  );
}

function temporalAddress(addresses: Addresses): string {
  return `127.0.0.1:${addresses.ports.temporal}`;
}
