import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { parse } from 'yaml';

const root = fileURLToPath(new URL('../../../', import.meta.url));

/** The action's file, as far as a runner reads it. */
interface ActionFile {
  readonly inputs: Readonly<Record<string, { readonly description: string; readonly default?: string }>>;
  readonly outputs: Readonly<Record<string, { readonly description: string }>>;
  readonly runs: { readonly using: string; readonly main: string };
}

async function readActionFile(): Promise<ActionFile> {
  return parse(await readFile(join(root, 'action.yml'), 'utf8')) as ActionFile;
}

export interface GitHubEvent {
  readonly name: string;
  readonly payload: unknown;
}

export interface RunOptions {
  readonly repository: string;
  readonly event: GitHubEvent;
  readonly inputs?: Readonly<Record<string, string>>;
  /** What the job has besides. */
  readonly env?: Readonly<Record<string, string>>;
}

/** A run of the action, as the runner and people see it. */
export interface Ran {
  readonly code: number | undefined;
  /** All it printed but for the runner's own orders to hide something. */
  readonly log: string;
  /** What it told the runner to hide. */
  readonly hidden: readonly string[];
  /** Notes at the top of the job's page: `error`, `warning` or `notice`, and what it says. */
  readonly annotations: readonly (readonly [kind: string, message: string])[];
  readonly outputs: Readonly<Record<string, string>>;
  readonly summary: string;
  readonly tookMs: number;
}

export interface Running {
  readonly ran: Promise<Ran>;
  /** What it printed so far. */
  readonly said: () => string;
  /** Cancels the job. */
  readonly cancel: () => void;
}

/** Runs the committed bundle as GitHub does: with the defaults of `action.yml`, and nothing of our own environment. */
export async function runAction(options: RunOptions): Promise<Ran> {
  return await (
    await startAction(options)
  ).ran;
}

/** The same, and lets it run. */
export async function startAction({
  repository,
  event,
  inputs = {},
  env = {},
}: RunOptions): Promise<Running> {
  const action = await readActionFile();
  const folder = await mkdtemp(join(tmpdir(), 'pr-preview-action-'));
  const files = {
    event: join(folder, 'event.json'),
    output: join(folder, 'output'),
    summary: join(folder, 'summary'),
  };
  await writeFile(files.event, JSON.stringify(event.payload));
  await writeFile(files.output, '');
  await writeFile(files.summary, '');
  const given = Object.entries(action.inputs).map(([name, { default: value = '' }]) => [
    `INPUT_${name.toUpperCase()}`,
    inputs[name] ?? (value.startsWith('${{') ? '' : value),
  ]);
  const running = execa(process.execPath, [join(root, action.runs.main)], {
    cwd: folder,
    extendEnv: false,
    stdin: 'ignore',
    reject: false,
    all: true,
    env: {
      PATH: process.env['PATH'] ?? '',
      HOME: folder,
      GITHUB_ACTIONS: 'true',
      GITHUB_REPOSITORY: repository,
      GITHUB_EVENT_NAME: event.name,
      GITHUB_EVENT_PATH: files.event,
      GITHUB_OUTPUT: files.output,
      GITHUB_STEP_SUMMARY: files.summary,
      GITHUB_ACTOR: 'alice',
      ...(Object.fromEntries(given) as Record<string, string>),
      ...env,
    },
  });
  let said = '';
  running.all.on('data', (chunk: Buffer) => (said += chunk.toString()));
  const finish = async (): Promise<Ran> => {
    const { exitCode, all, durationMs } = await running;
    const [outputs, summary] = [await readFile(files.output, 'utf8'), await readFile(files.summary, 'utf8')];
    await rm(folder, { recursive: true });
    return { code: exitCode, ...readLog(all), outputs: readOutputs(outputs), summary, tookMs: durationMs };
  };
  return { ran: finish(), said: () => said, cancel: () => void running.kill('SIGINT') };
}

function readLog(all: string): Pick<Ran, 'log' | 'hidden' | 'annotations'> {
  const lines = all.split('\n');
  const orders = lines.flatMap((line) => {
    const [, name = '', data = ''] = /^::([\w-]+)(?: [^:]*)?::(.*)$/.exec(line) ?? [];
    return name === '' ? [] : [[name, unescaped(data)] as const];
  });
  return {
    log: lines.filter((line) => !line.startsWith('::add-mask::')).join('\n'),
    hidden: orders.flatMap(([name, data]) => (name === 'add-mask' ? [data] : [])),
    annotations: orders.filter(([name]) => ['error', 'warning', 'notice'].includes(name)),
  };
}

function unescaped(data: string): string {
  return data.replaceAll('%0A', '\n').replaceAll('%0D', '\r').replaceAll('%25', '%');
}

/** As the runner reads its file: `name<<mark`, lines, the mark again. */
function readOutputs(text: string): Record<string, string> {
  const found = text.matchAll(/^([^\n=]+)<<(\S+)\n([\s\S]*?)\n?\2$/gm);
  return Object.fromEntries([...found].map(([, name = '', , value = '']) => [name, value]));
}
