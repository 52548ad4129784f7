import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { silentProgress } from '../../../local/progress.ts';
import { renderTemplate } from '../../../local/template.ts';
import { toolFinder } from '../../../local/tools.ts';
import { waitFor } from '../../../local/wait.ts';

/** A registry of the test's own, empty, on a free port. */
export interface TestRegistry {
  address: string;
  stop(): Promise<void>;
}

export async function startRegistry(): Promise<TestRegistry> {
  const command = await toolFinder(silentProgress)('registry');
  const folder = await mkdtemp(join(tmpdir(), 'pr-preview-registry-'));
  const address = `127.0.0.1:${await freePort()}`;
  const template = join(import.meta.dirname, '../../../local/templates/registry.yaml');
  const config = join(folder, 'config.yaml');
  await writeFile(config, await renderTemplate(template, { address, storage: join(folder, 'storage') }));
  const child = execa(command, ['serve', config], {
    reject: false,
    env: { OTEL_TRACES_EXPORTER: 'none' },
    stdout: 'ignore',
  });
  await waitFor(async () => (await fetch(`http://${address}/v2/`)).ok, { what: `a registry at ${address}` });
  return {
    address,
    async stop() {
      child.kill('SIGKILL');
      await child;
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** A port that nothing listens on right now. */
export async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}
