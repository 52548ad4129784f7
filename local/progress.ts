import { Listr } from 'listr2';

/**
 * How a long step tells a person what it does: `start` with a title, any number of `update`, then `done` or
 * `fail`. What comes after the end is not shown.
 */
export interface Progress {
  start(title: string): void;
  update(text: string): void;
  done(text?: string): void;
  fail(text: string): void;
}

/** Several lines of progress at once, each by its name. */
export interface ProgressBoard {
  line(name: string): Progress;
  /** Ends lines that have not ended, and gives the terminal back. */
  close(): Promise<void>;
}

/** Progress that nobody sees. */
export const silentProgress: Progress = { start() {}, update() {}, done() {}, fail() {} };

/** A board on the terminal: live lines there, plain lines in a pipe or a log. */
export function progressBoard(
  names: readonly string[],
  output: NodeJS.WriteStream = process.stderr,
): ProgressBoard {
  return output.isTTY
    ? liveBoard(names)
    : { line: (name) => plainProgress(name, output), close: async () => {} };
}

/** Progress as plain lines, each with what it belongs to and, at its end, how long it took. */
export function plainProgress(name: string, output: NodeJS.WritableStream = process.stderr): Progress {
  let started = Date.now();
  let last = '';
  const line = (text: string): void => {
    if (text !== last) output.write(`${name}: ${text}\n`);
    last = text;
  };
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

/** A progress within another one: all it tells are updates, each with its name, so that its end ends nothing. */
export function within(progress: Progress, name = ''): Progress {
  const tell = (text: string): void => progress.update(name === '' ? text : `${name}: ${text}`);
  return { start: tell, update: tell, done: (text) => tell(text ?? 'done'), fail: tell };
}

interface Line {
  progress: Progress;
  end: PromiseWithResolvers<void>;
}

function liveBoard(names: readonly string[]): ProgressBoard {
  const lines = new Map<string, Line>();
  const tasks = names.map((name) => ({
    title: name,
    task: async (
      _: unknown,
      task: { title: string | undefined; output: string | undefined; skip(text: string): void },
    ) => {
      const end = Promise.withResolvers<void>();
      const tell = (text: string): void => void (task.output = text);
      const progress: Progress = {
        start: (title) => void (task.title = title),
        update: tell,
        done(text) {
          if (text !== undefined) task.title = `${name}: ${text}`;
          end.resolve();
        },
        fail: (text) => end.reject(new Error(text)),
      };
      lines.set(name, { progress, end });
      await end.promise;
    },
  }));
  const running = new Listr(tasks, { concurrent: true, exitOnError: false }).run();
  // Every line's own failure is told on that line; the caller has the error itself.
  const over = running.then(
    () => {},
    () => {},
  );
  const line = (name: string): Line | undefined => lines.get(name);
  return {
    line: (name) => ({
      start: (text) => line(name)?.progress.start(text),
      update: (text) => line(name)?.progress.update(text),
      done: (text) => line(name)?.progress.done(text),
      fail: (text) => line(name)?.progress.fail(text),
    }),
    async close() {
      for (const { end } of lines.values()) end.reject(new Error('not done'));
      await over;
    },
  };
}
