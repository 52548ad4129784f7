import type { Readable } from 'node:stream';

/** What was kept of a stream. */
export interface Tail {
  readonly text: string;
  readonly truncated: boolean;
}

/** Reads a stream to its end, keeping at most the last `limit` bytes; answers with what it has so far. */
export function collectTail(stream: Readable, limit: number): () => Tail {
  let kept: Buffer[] = [];
  let size = 0;
  let truncated = false;
  stream.on('data', (chunk: Buffer) => {
    kept.push(chunk);
    size += chunk.length;
    if (size <= 2 * limit) return;
    truncated = true;
    kept = [Buffer.concat(kept).subarray(-limit)];
    size = limit;
  });
  return () => {
    const all = Buffer.concat(kept);
    return { text: all.subarray(-limit).toString('utf8'), truncated: truncated || all.length > limit };
  };
}
