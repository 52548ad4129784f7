export interface Comment {
  /** Has the body written soon; a newer one takes the place of one that still waits. */
  offer(body: string): void;
  /** Forgets what waits, lets a write that is under way end, and writes no more. */
  close(): Promise<void>;
}

export interface CommentWriter {
  write(body: string, signal: AbortSignal): Promise<void>;
  /** Told of writes that failed; the next body tries again. */
  failed(error: unknown): void;
  /** Least milliseconds from one write's start to the next. */
  readonly everyMs: number;
}

/** An edit that was sent may still be carried out after it was aborted, so it gets this long to end. */
const closingMs = 5_000;

/** Keeps one comment up to date: the first body at once, later ones spaced out, equal ones never. */
export function createComment(writer: CommentWriter): Comment {
  const abort = new AbortController();
  let waiting: string | null = null;
  let written: string | null = null;
  let writing: Promise<void> | null = null;
  let timer: NodeJS.Timeout | undefined;
  let nextAt = 0;
  let closed = false;

  function schedule(): void {
    if (closed || writing || waiting === null || timer) return;
    const waitMs = Math.max(0, nextAt - performance.now());
    timer = setTimeout(() => {
      timer = undefined;
      writing = send().finally(() => {
        writing = null;
        schedule();
      });
    }, waitMs);
  }

  async function send(): Promise<void> {
    const body = waiting;
    waiting = null;
    if (body === null || body === written) return;
    nextAt = performance.now() + writer.everyMs;
    try {
      await writer.write(body, abort.signal);
      written = body;
    } catch (error) {
      if (!closed) writer.failed(error);
    }
  }

  return {
    offer: (body) => {
      if (body === written && waiting === null) return;
      waiting = body;
      schedule();
    },
    close: async () => {
      closed = true;
      clearTimeout(timer);
      if (!writing) return;
      const patience = setTimeout(() => abort.abort(), closingMs);
      await writing;
      clearTimeout(patience);
    },
  };
}
