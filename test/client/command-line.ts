import { fileURLToPath } from 'node:url';
import type { Options } from 'execa';
import { execa } from 'execa';
import { inject } from 'vitest';

const cli = fileURLToPath(new URL('../../client/cli.ts', import.meta.url));

export interface Ended {
  readonly code: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
  readonly tookMs: number;
}

/** Runs the command line as a person does: a process of its own, with nothing of our environment but what it needs. */
export async function preview(words: readonly string[], env: Record<string, string> = {}): Promise<Ended> {
  const { exitCode, stdout, stderr, durationMs } = await execa(process.execPath, [cli, ...words], {
    ...processOptions(env),
    reject: false,
  });
  return { code: exitCode, stdout, stderr, tookMs: durationMs };
}

/** The same, with `--json`: what was printed, read. */
// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- the caller says what it expects to be printed
export async function previewJson<T>(
  words: readonly string[],
  env: Record<string, string> = {},
): Promise<Ended & { json: T }> {
  const ended = await preview([...words, '--json'], env);
  return { ...ended, json: JSON.parse(ended.stdout) as T };
}

export interface Started {
  /** What it said on standard error so far. */
  readonly said: () => string;
  readonly interrupt: () => void;
  readonly code: Promise<number | undefined>;
}

/** Starts it and lets it run. */
export function startPreview(words: readonly string[], env: Record<string, string>): Started {
  const running = execa(process.execPath, [cli, ...words], { ...processOptions(env), reject: false });
  let said = '';
  running.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
  return {
    said: () => said,
    interrupt: () => void running.kill('SIGINT'),
    code: running.then(({ exitCode }) => exitCode),
  };
}

/** Environment that leads to the tests' Temporal. */
export function temporalEnv(taskQueue: string): Record<string, string> {
  const { temporal } = inject('stack');
  if (!temporal) throw new Error('The stack has no Temporal.');
  return {
    TEMPORAL_ADDRESS: temporal.address,
    TEMPORAL_NAMESPACE: temporal.namespace,
    PREVIEW_TASK_QUEUE: taskQueue,
  };
}

function processOptions(env: Record<string, string>) {
  const { PATH = '', HOME = '' } = process.env;
  return { env: { PATH, HOME, ...env }, extendEnv: false, stdin: 'ignore' } as const satisfies Options;
}
