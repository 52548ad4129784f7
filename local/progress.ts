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
  return output.isTTY && process.stdout.isTTY
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

interface ShownTask {
  title: string | undefined;
  output: string | undefined;
}

/** A line of the live board. It may be told things before its task is shown. */
function liveLine(name: string): {
  progress: Progress;
  task: (shown: ShownTask) => Promise<void>;
  close: () => void;
} {
  const end = Promise.withResolvers<void>();
  // The caller has the error itself; nobody need wait for the line's end.
  end.promise.catch(() => {});
  const shown: ShownTask = { title: name, output: undefined };
  let task = shown;
  return {
    progress: {
      start: (title) => void (task.title = title),
      update: (text) => void (task.output = text),
      done(text) {
        task.title = text === undefined ? name : `${name}: ${text}`;
        end.resolve();
      },
      fail: (text) => end.reject(new Error(`${name}: ${text}`)),
    },
    task(live) {
      live.title = shown.title;
      if (shown.output !== undefined) live.output = shown.output;
      task = live;
      return end.promise;
    },
    close: () => end.reject(new Error(`${name}: not started`)),
  };
}

function liveBoard(names: readonly string[]): ProgressBoard {
  const lines = new Map(names.map((name) => [name, liveLine(name)]));
  const tasks = [...lines].map(([name, line]) => ({
    title: name,
    task: (_: unknown, task: ShownTask) => line.task(task),
  }));
  const over = new Listr(tasks, { concurrent: true, exitOnError: false }).run().then(
    () => {},
    () => {},
  );
  return {
    line: (name) => lines.get(name)?.progress ?? silentProgress,
    async close() {
      for (const line of lines.values()) line.close();
      await over;
    },
  };
}
