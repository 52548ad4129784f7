import type { IncomingMessage } from 'node:http';
import { request } from 'node:https';

/** How public URLs are reached. */
export interface Way {
  /** `host:port` to dial; null dials what the URL names. The URL's host stays SNI, Host and the name that is verified. */
  readonly connect: string | null;
  /** PEM of the only CA that is trusted; null trusts Node's own. */
  readonly ca: string | null;
}

export interface Answer {
  readonly status: number;
  /** Where a redirect leads, absolute; null when it is none. */
  readonly location: string | null;
  /** At most the first 64 KiB. */
  readonly body: string;
}

const requestTimeoutMs = 5_000;
const bodyLimit = 64 * 1024;

/**
 * One GET over a connection of its own, certificate verified, redirects not followed.
 *
 * @param url starts with `https://`.
 * @throws the network's or TLS's error; `signal.reason` after an abort.
 */
export async function get(url: URL, way: Way, signal: AbortSignal): Promise<Answer> {
  const timeout = AbortSignal.timeout(requestTimeoutMs);
  try {
    return await exchange(url, way, AbortSignal.any([signal, timeout]));
  } catch (error) {
    signal.throwIfAborted();
    if (timeout.aborted) throw new Error(`no answer within ${requestTimeoutMs / 1000} s`, { cause: error });
    throw error;
  }
}

function exchange(url: URL, way: Way, signal: AbortSignal): Promise<Answer> {
  const { host, port } = dialled(url, way.connect);
  return new Promise((resolve, reject) => {
    const outgoing = request(
      {
        host,
        port,
        servername: url.hostname,
        path: `${url.pathname}${url.search}`,
        headers: { host: url.host, accept: '*/*', 'user-agent': 'pr-preview', connection: 'close' },
        agent: false,
        signal,
        ...(way.ca === null ? {} : { ca: way.ca }),
      },
      (incoming) => void read(incoming, url).then(resolve, reject),
    );
    outgoing.on('error', reject);
    outgoing.end();
  });
}

/** Where a URL is dialled, brackets of an IPv6 address off. */
export function dialled(url: URL, connect: string | null): { host: string; port: number } {
  const target = connect === null ? url : new URL(`https://${connect}`);
  // Brackets belong to the URL's notation of an IPv6 address, not to the address.
  return { host: target.hostname.replaceAll(/^\[|\]$/g, ''), port: Number(target.port || 443) };
}

async function read(incoming: IncomingMessage, url: URL): Promise<Answer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    length += chunk.length;
    if (length >= bodyLimit) break;
  }
  const status = incoming.statusCode ?? 0;
  const location = status >= 300 && status < 400 ? incoming.headers.location : undefined;
  return {
    status,
    location: location === undefined ? null : (URL.parse(location, url.href)?.href ?? location),
    body: Buffer.concat(chunks).subarray(0, bodyLimit).toString('utf8'),
  };
}
