import type { Addresses } from './addresses.ts';
import { ensureNetwork } from './cluster/network.ts';
import { givenParts } from './given.ts';
import { requireDisk, requireHost } from './host.ts';
import { partNamed } from './parts.ts';
import type { Progress } from './progress.ts';
import { bringUp, logTail, ProcessDied } from './run-part.ts';
import type { Part } from './stack.ts';
import type { StateFile } from './state.ts';
import { toolFinder } from './tools.ts';

/** Starts parts at once, each as soon as what it needs is up. Waits for all of them, then throws the first failure. */
export async function startParts(
  names: readonly Part[],
  options: { addresses: Addresses; file: StateFile; progressOf: (part: Part) => Progress },
): Promise<void> {
  const { addresses, file, progressOf } = options;
  await requireDisk(file.folder);
  Object.assign(file.state.stack, givenParts(process.env));
  const wanted = names.filter((name) => !(name in givenParts(process.env)));
  const first = wanted.find((name) => partNamed(name).network);
  if (first !== undefined) {
    await requireHost(['ip', 'nft', 'nsenter', 'unshare', 'setpriv', 'mount', 'openssl'], progressOf(first));
    await ensureNetwork(addresses);
  }
  const running = new Map<Part, Promise<unknown>>();
  for (const name of wanted) {
    const part = partNamed(name);
    const needs = Promise.all(part.needs.map((need) => running.get(need)));
    running.set(name, needs.then(() => startOne(name, { addresses, file, progress: progressOf(name) })));
  }
  const results = await Promise.allSettled(running.values());
  const failed = results.find((result) => result.status === 'rejected');
  if (failed) throw failed.reason;
}

async function startOne(name: Part, run: { addresses: Addresses; file: StateFile; progress: Progress }): Promise<void> {
  const { progress, file } = run;
  progress.start(`starting ${name}`);
  const tool = toolFinder(progress);
  try {
    const outcome = await bringUp(partNamed(name), { ...run, tool });
    await addTools(name, { file, tool });
    progress.done(outcome);
  } catch (error) {
    progress.fail(error instanceof Error ? error.message : String(error));
    throw error instanceof ProcessDied ? await withLog(error) : error;
  }
}

/** Programs that others use with a part. */
async function addTools(name: Part, { file, tool }: { file: StateFile; tool: ReturnType<typeof toolFinder> }): Promise<void> {
  if (name !== 'cluster') return;
  Object.assign(file.state.stack.tools, { helm: await tool('helm'), kubectl: await tool('kubectl') });
  await file.save();
}

async function withLog(error: ProcessDied): Promise<Error> {
  return new Error(`${error.message}:\n${(await logTail(error.log)).trimEnd()}`, { cause: error });
}
