import { Listr } from 'listr2';

/** How a long step tells a person what it does. One step at a time: `start`, any number of `update`, `done` or `fail`. */
export interface Progress {
  start(title: string): void;
  update(text: string): void;
  done(text?: string): void;
  fail(text: string): void;
}

/** A step with a line of its own on the terminal. It does not call `start`: its title is known before. */
export interface Step {
  title: string;
  run(progress: Progress): Promise<void>;
}

/**
 * Runs all steps at once and shows each on its own line: live on a terminal, as plain lines elsewhere.
 * Waits for all of them, then throws the first failure.
 */
export async function runSteps(
  steps: readonly Step[],
  output: NodeJS.WriteStream = process.stderr,
): Promise<void> {
  if (!output.isTTY) {
    await settle(steps.map((step) => runPlainly(step, output)));
    return;
  }
  const tasks = steps.map((step) => ({
    title: step.title,
    task: async (_context: unknown, task: { title: string | undefined; output: string | undefined }) => {
      await step.run({
        start: (title) => (task.output = title),
        update: (text) => (task.output = text),
        done: (text) => (task.title = text ? `${step.title}: ${text}` : step.title),
        fail: (text) => (task.output = text),
      });
    },
  }));
  const listr = new Listr(tasks, {
    concurrent: true,
    exitOnError: false,
    renderer: 'default',
    rendererOptions: { collapseErrors: false },
  });
  await listr.run();
  const first = listr.errors?.[0];
  if (first) throw first.error;
}

/** Progress as plain lines, each with what it belongs to; for logs and pipes. */
export function plainProgress(prefix: string, output: NodeJS.WritableStream = process.stderr): Progress {
  let started = Date.now();
  const line = (text: string) => output.write(`${prefix ? `${prefix}: ` : ''}${text}\n`);
  return {
    start(title) {
      started = Date.now();
      line(title);
    },
    update: line,
    done: (text) => line(`${text ?? 'done'} (${((Date.now() - started) / 1000).toFixed(1)} s)`),
    fail: (text) => line(`failed: ${text}`),
  };
}

/** Progress that nobody sees. */
export const silentProgress: Progress = {
  start: () => {},
  update: () => {},
  done: () => {},
  fail: () => {},
};

async function runPlainly(step: Step, output: NodeJS.WritableStream): Promise<void> {
  await step.run(plainProgress(step.title, output));
}

async function settle(runs: readonly Promise<void>[]): Promise<void> {
  const failed = (await Promise.allSettled(runs)).find((run) => run.status === 'rejected');
  if (failed) throw failed.reason;
}
