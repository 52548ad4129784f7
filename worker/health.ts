import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What probes are answered from. */
export interface HealthSource {
  /** The worker is neither stopped nor failed. Does not ask Temporal: an outage there must not restart workers. */
  readonly alive: () => boolean;
  /** It polls for work. */
  readonly ready: () => boolean;
}

export interface HealthEndpoint {
  readonly port: number;
  close(): Promise<void>;
}

/** Serves `/healthz` and `/readyz`: 200 or 503. */
export async function serveHealth(
  { host, port }: { readonly host: string; readonly port: number },
  source: HealthSource,
): Promise<HealthEndpoint> {
  const answers: Readonly<Record<string, () => boolean>> = {
    '/healthz': source.alive,
    '/readyz': source.ready,
  };
  const server = createServer((request, response) => {
    const good = answers[request.url ?? '']?.();
    const status = good === undefined ? 404 : good ? 200 : 503;
    response.writeHead(status, { 'content-type': 'text/plain' }).end(status === 200 ? 'ok\n' : 'no\n');
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
