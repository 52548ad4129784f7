import { join } from 'node:path';
import { ask } from './http.ts';
import type { Addresses } from './addresses.ts';
import type { PartContext, PartDefinition } from './part.ts';

/** The GitHub stand-in as a process of its own; what it was told stays over a restart. */
export const github: PartDefinition<'github'> = {
  name: 'github',
  needs: [],
  tools: [],
  network: false,
  async start(context) {
    const { addresses, folder } = context;
    const main = join(import.meta.dirname, 'github', 'main.ts');
    await context.run({
      name: 'github',
      command: process.execPath,
      args: [main, '--port', `${addresses.ports.github}`, '--state', join(folder, 'state.json')],
      listens: [`127.0.0.1:${addresses.ports.github}`],
    });
    return { url: githubUrl(addresses), token: await askForToken(context) };
  },
  async ready(context) {
    await askForToken(context);
  },
};

async function askForToken(context: PartContext): Promise<string> {
  const url = `${githubUrl(context.addresses)}/_control`;
  return context.wait(
    async () => {
      const { status, body } = await ask(url);
      return status === 200 ? (JSON.parse(body) as { token: string }).token : undefined;
    },
    { what: `The GitHub stand-in's answer at ${url}`, timeoutMs: 20_000 },
  );
}

function githubUrl(addresses: Addresses): string {
  return `http://127.0.0.1:${addresses.ports.github}`;
}
