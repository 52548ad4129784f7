import { connect, createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';

/** A way to a part of the stack that a test can cut, so that nobody else's is. */
export interface Proxy {
  /** Port on 127.0.0.1, or on the address that was asked for. */
  readonly port: number;
  /** Ends every connection and refuses new ones. */
  readonly cut: () => void;
  readonly mend: () => void;
  readonly close: () => Promise<void>;
}

/**
 * A proxy in front of what a URL leads to, and the URL with the proxy in place of it.
 *
 * @param address where it listens. Default 127.0.0.1; the host's end of a stack's network is where pods reach it.
 */
export async function startProxyTo(
  directUrl: string,
  address = '127.0.0.1',
): Promise<Proxy & { readonly url: string }> {
  const url = new URL(directUrl);
  const usual: Record<string, number> = { 'postgres:': 5432, 'http:': 80, 'https:': 443 };
  const port = url.port === '' ? (usual[url.protocol] ?? 0) : Number(url.port);
  const proxy = await startProxy({ host: url.hostname, port, address });
  url.hostname = address;
  url.port = String(proxy.port);
  return { ...proxy, url: url.href };
}

/** Passes on, byte by byte, what comes for a host and port. */
async function startProxy(target: {
  readonly host: string;
  readonly port: number;
  readonly address: string;
}): Promise<Proxy> {
  const open = new Set<Socket>();
  let isCut = false;
  const server = createServer((near) => {
    if (isCut) return void near.destroy();
    const far = connect(target.port, target.host);
    for (const socket of [near, far]) {
      open.add(socket);
      socket.on('error', () => socket.destroy());
      socket.on('close', () => {
        open.delete(socket);
        near.destroy();
        far.destroy();
      });
    }
    near.pipe(far).pipe(near);
  });
  await new Promise<void>((resolve) => server.listen(0, target.address, resolve));
  return {
    port: (server.address() as AddressInfo).port,
    cut: () => {
      isCut = true;
      for (const socket of open) socket.destroy();
    },
    mend: () => {
      isCut = false;
    },
    close: async () => {
      for (const socket of open) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
