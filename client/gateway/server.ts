import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Logger } from 'pino';
import type { Address } from '../../config/environment.ts';
import type { Answer } from './answer.ts';
import { answerError } from './answer.ts';
import type { Route } from './routes.ts';
import { answerByRoute, pathOf } from './routes.ts';

export interface GatewayServer {
  readonly port: number;
  /** Takes no new requests; resolves when those that run are answered, or `graceMs` later. */
  close(graceMs: number): Promise<void>;
}

interface Serving {
  readonly routes: readonly Route[];
  readonly logger: Logger;
  /** How long a request may take to come in, body and all, in milliseconds. Default 30 s. */
  readonly requestWithinMs?: number;
}

/** Connections at once, each with a body of 2 MiB at most: beyond that, new ones are closed unheard. */
const mostConnections = 200;

/** Serves the routes. @throws when nothing can be served at that address. */
export async function serve(
  { host, port }: Address,
  { routes, logger, requestWithinMs = 30_000 }: Serving,
): Promise<GatewayServer> {
  // a client that sends byte by byte holds its connection no longer than that
  const patience = {
    requestTimeout: requestWithinMs,
    headersTimeout: Math.min(requestWithinMs, 10_000),
    // Node looks every 30 s otherwise, and a request may stay twice as long
    connectionsCheckingInterval: Math.min(requestWithinMs, 1_000),
  };
  const server = createServer(patience, (request, response) => {
    // what runs when the end comes is the last on its connection
    const last = (): boolean => !server.listening;
    void respond({ request, response, last }, routes, logger);
  });
  server.maxConnections = mostConnections;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    close: async (graceMs) => {
      const closed = new Promise((resolve) => server.close(resolve));
      const timer = setTimeout(() => server.closeAllConnections(), graceMs);
      await closed;
      clearTimeout(timer);
    },
  };
}

interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** Whether the connection shall end with the answer. */
  readonly last: () => boolean;
}

async function respond(
  { request, response, last }: Exchange,
  routes: readonly Route[],
  logger: Logger,
): Promise<void> {
  const startedAt = performance.now();
  const answer = await answerByRoute(routes, request).catch(answerError);
  if (last()) response.setHeader('connection', 'close');
  send(response, answer);
  const { status, about = {}, bug } = answer;
  const line = { method: request.method, path: pathOf(request).slice(0, 200), status, ...about };
  const ms = Math.round(performance.now() - startedAt);
  if (bug !== undefined) logger.error({ ...line, ms, error: bug }, 'request failed');
  else if (status >= 500) logger.warn({ ...line, ms }, 'request failed');
  // questions are many, and change nothing
  else if (request.method === 'GET' && status < 400) logger.debug({ ...line, ms }, 'request answered');
  else logger.info({ ...line, ms }, 'request answered');
}

function send(response: ServerResponse, { status, body, headers = {} }: Answer): void {
  const text = `${JSON.stringify(body)}\n`;
  response.writeHead(status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(text),
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    ...headers,
  });
  response.end(text);
}
