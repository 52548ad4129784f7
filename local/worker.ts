import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { checkout } from './folders.ts';
import { ask } from './http.ts';
import { environmentText, workerEnvironment } from './worker-environment.ts';
import type { PartContext, PartDefinition } from './part.ts';

const examplePlatform = join(checkout, 'examples/videocall/platform.yaml');

/** The worker of this checkout as a process of its own, for the example application's platform. */
export const worker: PartDefinition<'worker'> = {
  name: 'worker',
  needs: ['temporal', 'postgres', 'registry', 'cluster', 'ingress', 'github'],
  tools: ['helm'],
  network: false,
  async start(context) {
    const { folder, addresses } = context;
    await mkdir(folder, { recursive: true });
    const platformFile = join(folder, 'platform.yaml');
    const environmentFile = join(folder, 'worker.env');
    await writeFile(platformFile, await platformFor(context));
    await writeFile(environmentFile, await environmentFor(context, platformFile), { mode: 0o600 });
    const health = `127.0.0.1:${addresses.ports.worker}`;
    await context.run({
      name: 'worker',
      command: process.execPath,
      // secrets come by a file that only we may read: neither argv nor the stack's state holds them
      args: [`--env-file=${environmentFile}`, join(checkout, 'worker/main.ts')],
      env: { PREVIEW_HEALTH_ADDRESS: health },
      listens: [health],
    });
    await waitUntilReady(context);
    return { platformFile, environmentFile };
  },
  ready: waitUntilReady,
};

/** The example's platform config, with what only this machine knows. */
async function platformFor({ stack }: PartContext): Promise<string> {
  const platform = parse(await readFile(examplePlatform, 'utf8')) as { probe?: object };
  return stringify({ ...platform, probe: { ...platform.probe, ca: stack.ingress?.caFile ?? null } });
}

async function environmentFor({ stack, folder, tool }: PartContext, platformFile: string): Promise<string> {
  const cacheFolder = join(folder, 'cache');
  return environmentText(workerEnvironment(stack, { platformFile, cacheFolder, helm: await tool('helm') }));
}

async function waitUntilReady(context: PartContext): Promise<void> {
  const url = `http://127.0.0.1:${context.addresses.ports.worker}/readyz`;
  await context.wait(async () => (await ask(url)).status === 200, {
    what: `The worker's answer at ${url}`,
    timeoutMs: 60_000,
  });
}
