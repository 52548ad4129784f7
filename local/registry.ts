import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ask } from './http.ts';
import type { Addresses } from './addresses.ts';
import type { PartDefinition } from './part.ts';
import { renderTemplate } from './template.ts';

/** CNCF distribution on the host's end of the network. Images are files, and stay when the stack goes. */
export const registry: PartDefinition<'registry'> = {
  name: 'registry',
  needs: [],
  tools: ['registry'],
  network: true,
  async start(context) {
    const { addresses, folder } = context;
    const command = await context.tool('registry');
    const address = registryAddress(addresses);
    const storage = join(folder, '..', 'images');
    await mkdir(storage, { recursive: true });
    const config = join(folder, 'registry.yaml');
    await writeFile(
      config,
      await renderTemplate(join(import.meta.dirname, 'templates/registry.yaml'), { address, storage }),
    );
    context.progress.update('starting the registry');
    await context.run({
      name: 'registry',
      command,
      args: ['serve', config],
      env: { OTEL_TRACES_EXPORTER: 'none' },
      listens: [address],
    });
    await this.ready(context);
    return { address };
  },
  async ready(context) {
    const url = `http://${registryAddress(context.addresses)}/v2/`;
    await context.wait(async () => (await ask(url)).status === 200, {
      what: `The registry's answer at ${url}`,
      timeoutMs: 20_000,
    });
  },
};

function registryAddress(addresses: Addresses): string {
  return `${addresses.hostIp}:${addresses.ports.registry}`;
}
