import { connect as connectTls } from 'node:tls';
import type { Way } from './get.ts';
import { dialled } from './get.ts';

/** A certificate as a server showed it. */
export interface ShownCertificate {
  /** Why it is not believed for the URL's host; null: it is. */
  readonly fault: string | null;
  readonly issuer: string;
  /** Epoch milliseconds. */
  readonly until: number;
}

const timeoutMs = 5_000;

/**
 * The certificate that is served for a URL's host, believed or not. Null: none was shown.
 *
 * @throws the network's or TLS's error; `signal.reason` after an abort.
 */
export async function readCertificate(
  url: URL,
  way: Way,
  signal: AbortSignal,
): Promise<ShownCertificate | null> {
  signal.throwIfAborted();
  const { promise, resolve, reject } = Promise.withResolvers<ShownCertificate | null>();
  const socket = connectTls({
    ...dialled(url, way.connect),
    servername: url.hostname,
    // it is looked at, believed or not; nothing is sent
    rejectUnauthorized: false,
    ...(way.ca === null ? {} : { ca: way.ca }),
  });
  const abort = (): void => void socket.destroy(signal.reason as Error);
  signal.addEventListener('abort', abort, { once: true });
  socket.setTimeout(timeoutMs, () => socket.destroy(new Error(`no answer within ${timeoutMs / 1000} s`)));
  socket.once('error', reject);
  socket.once('secureConnect', () => {
    const shown = socket.getPeerCertificate();
    const fault = socket.authorized ? null : String(socket.authorizationError);
    const { O: organization, CN: common } = shown.issuer ?? {};
    const issuer = [organization ?? common ?? 'somebody nameless'].flat().join(', ');
    resolve(shown.valid_to === undefined ? null : { fault, issuer, until: Date.parse(shown.valid_to) });
  });
  try {
    return await promise;
  } finally {
    signal.removeEventListener('abort', abort);
    socket.destroy();
  }
}
