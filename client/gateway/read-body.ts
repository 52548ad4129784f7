import type { IncomingMessage } from 'node:http';
import { RequestRefusal } from './refusal.ts';

/**
 * Reads a request's JSON body as the bytes that came.
 *
 * @param atMost bytes; of a longer one no more is read than that.
 * @throws {RequestRefusal} 415 for another content type, 413 when it is too long, 400 when the client broke off.
 */
export async function readBody(request: IncomingMessage, atMost: number): Promise<Buffer> {
  const type = request.headers['content-type'] ?? 'none';
  if (!/^application\/json(?:\s*;|$)/i.test(type))
    throw new RequestRefusal(
      { status: 415, code: 'content-type' },
      `wanted the content type application/json, got ${type.slice(0, 60)}`,
    );
  if (Number(request.headers['content-length'] ?? 0) > atMost) throw tooLarge(atMost);
  const chunks: Buffer[] = [];
  let length = 0;
  try {
    for await (const chunk of request as AsyncIterable<Buffer>) {
      length += chunk.length;
      if (length > atMost) throw tooLarge(atMost);
      chunks.push(chunk);
    }
  } catch (cause) {
    if (cause instanceof RequestRefusal) throw cause;
    throw new RequestRefusal({ status: 400, code: 'broken-off' }, 'the body broke off', { cause });
  }
  return Buffer.concat(chunks);
}

/** Reads JSON. @throws {RequestRefusal} 400. */
export function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch (cause) {
    throw new RequestRefusal({ status: 400, code: 'json' }, 'the body is no JSON', { cause });
  }
}

/** What is left of the body is not read: the connection ends with the answer. */
function tooLarge(atMost: number): RequestRefusal {
  return new RequestRefusal(
    { status: 413, code: 'too-large', headers: { connection: 'close' } },
    `the body is longer than ${atMost} bytes`,
  );
}
