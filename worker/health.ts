import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What probes are answered from. */
export interface HealthSource {
  /** Null while it is neither stopped nor failed, else why. Does not ask Temporal: an outage there must not restart workers. */
  readonly dead: () => string | null;
  /** Null while it polls for work, else what it does instead. */
  readonly unready: () => string | null;
}

export interface HealthEndpoint {
  readonly port: number;
  close(): Promise<void>;
}

/** Serves `/healthz` and `/readyz`: 200, or 503 with the reason. */
export async function serveHealth(
  { host, port }: { readonly host: string; readonly port: number },
  source: HealthSource,
): Promise<HealthEndpoint> {
  const answers: Readonly<Record<string, () => string | null>> = {
    '/healthz': source.dead,
    '/readyz': source.unready,
  };
  const server = createServer((request, response) => {
    const reason = answers[request.url ?? '']?.();
    const status = reason === undefined ? 404 : reason === null ? 200 : 503;
    const text = reason === undefined ? 'there are /healthz and /readyz' : (reason ?? 'ok');
    response.writeHead(status, { 'content-type': 'text/plain' }).end(`${text}\n`);
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
