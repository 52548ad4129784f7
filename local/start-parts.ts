import type { Addresses } from './addresses.ts';
import { ensureNetwork } from './cluster/network.ts';
import { adoptCluster, describeGiven, givenParts, requireReach, stackOf } from './given.ts';
import type { Given } from './given.ts';
import { requireTemporal } from './given-temporal.ts';
import { requireHost } from './host.ts';
import { stopAll } from './leftovers.ts';
import { parts, withNeeds } from './parts.ts';
import { within } from './progress.ts';
import type { Progress } from './progress.ts';
import { bringUp, logTail, ProcessDied } from './run-part.ts';
import type { Part, Stack } from './stack.ts';
import type { StateFile } from './state.ts';
import { findTools } from './tools.ts';
import type { ToolFinder } from './tools.ts';

/** What parts are started with. */
export interface StartOptions {
  addresses: Addresses;
  file: StateFile;
  /** Progress of one part, or of what comes before all of them. */
  progressOf: (name: Part | 'stack') => Progress;
}

/**
 * Starts parts at once, each as soon as what it needs is up. Waits for all of them, then throws the first failure.
 *
 * @returns all parts that are up by now, and what the user gave in their place.
 */
export async function startParts(names: readonly Part[], options: StartOptions): Promise<Stack> {
  const { file, progressOf } = options;
  const given = givenParts(process.env, { folder: file.folder, addresses: options.addresses });
  const wanted = withNeeds(names, given.replaced);
  requireReach(wanted, given);
  const adopts = names.includes('cluster') ? given.kubeconfig : undefined;
  for (const name of names.filter((one) => given.replaced.has(one)))
    progressOf(name).done(describeGiven(name, given));
  await requireTemporal(wanted, given);
  const line = progressOf('stack');
  line.start('preparing');
  await prepareHost(wanted, options);
  const tools = new Set(wanted.flatMap((name) => parts[name].tools));
  if (adopts !== undefined) tools.add('kubectl').add('helm');
  const tool = await findTools([...tools], { progress: within(line) });
  line.done('ready to start');
  if (tools.has('helm'))
    file.state.stack.tools = { helm: await tool('helm'), kubectl: await tool('kubectl') };
  if (adopts !== undefined) {
    given.stack.cluster = await adoptCluster(adopts, {
      folder: file.folder,
      tool,
      progress: progressOf('cluster'),
    });
  }
  await startAll(wanted, { ...options, given, tool });
  await file.save();
  return stackOf(file, given);
}

async function prepareHost(wanted: readonly Part[], options: StartOptions): Promise<void> {
  if (!wanted.some((name) => parts[name].network)) return;
  await requireHost(within(options.progressOf('stack')));
  if (!(await ensureNetwork(options.addresses))) return;
  // A node that is still there lives in a network that is not.
  await stopAll(options.file.state.processes.filter(({ name }) => name === 'node'));
}

interface RunOptions extends StartOptions {
  given: Given;
  tool: ToolFinder;
}

async function startAll(wanted: readonly Part[], options: RunOptions): Promise<void> {
  const running = new Map<Part, Promise<void>>();
  for (const name of wanted) {
    const needs = parts[name].needs.flatMap((need) => running.get(need) ?? []);
    running.set(name, startOne(name, { ...options, needs }));
  }
  const results = await Promise.allSettled(running.values());
  const failures = results
    .filter((result) => result.status === 'rejected')
    .map((result): unknown => result.reason);
  if (failures.length > 0) throw failures.find((reason) => !(reason instanceof NeedFailed)) ?? failures[0];
}

/** A part was not started because one that it needs failed: that one's failure is the one to tell. */
class NeedFailed extends Error {}

async function startOne(name: Part, options: RunOptions & { needs: Promise<void>[] }): Promise<void> {
  const { addresses, file, given, needs, tool } = options;
  const line = options.progressOf(name);
  try {
    await Promise.all(needs);
  } catch (cause) {
    line.fail('not started, for a part that it needs failed');
    throw new NeedFailed(`${name} was not started.`, { cause });
  }
  line.start(`starting ${name}`);
  try {
    const stack = (): Stack => stackOf(file, given);
    line.done(await bringUp(parts[name], { addresses, file, progress: within(line), stack, tool }));
  } catch (error) {
    const told = error instanceof ProcessDied ? await withLog(error) : error;
    line.fail(told instanceof Error ? told.message : String(told));
    throw told;
  }
}

async function withLog(error: ProcessDied): Promise<Error> {
  const tail = (await logTail(error.log)).trimEnd();
  return new Error(`${error.message}. Its last lines:\n${tail}`, { cause: error });
}
