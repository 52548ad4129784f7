import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What the server hands on: a request with its body read. */
export interface Incoming {
  method: string;
  url: URL;
  headers: Headers;
  text: string;
  /** Aborts when the client hangs up. */
  signal: AbortSignal;
}

export interface Listening {
  /** Without a final slash. */
  url: string;
  close(): Promise<void>;
}

/** Serves at an address of this machine; an answer of `'drop'` cuts the connection. Rejects when the port is taken. */
export async function listen(
  { host, port }: { readonly host: string; readonly port: number },
  answer: (incoming: Incoming) => Promise<Response | 'drop'>,
): Promise<Listening> {
  const server = createServer((request, response) => {
    respond(request, response, answer).catch((error: unknown) => {
      response.destroy(error instanceof Error ? error : undefined);
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
  return {
    url: `http://${host}:${String((server.address() as AddressInfo).port)}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
}

async function respond(
  request: IncomingMessage,
  response: ServerResponse,
  answer: (incoming: Incoming) => Promise<Response | 'drop'>,
): Promise<void> {
  const hangUp = new AbortController();
  response.once('close', () => {
    hangUp.abort();
  });
  const answered = await answer({
    method: request.method ?? 'GET',
    url: new URL(request.url ?? '/', `http://${request.headers.host ?? '127.0.0.1'}`),
    headers: headersOf(request),
    text: await textOf(request),
    signal: hangUp.signal,
  });
  if (answered === 'drop') {
    response.destroy();
    return;
  }
  response.writeHead(answered.status, Object.fromEntries(answered.headers));
  response.end(new Uint8Array(await answered.arrayBuffer()));
}

function headersOf(request: IncomingMessage): Headers {
  const headers = new Headers();
  for (const [name, value] of Object.entries(request.headers)) {
    if (value !== undefined) headers.set(name, Array.isArray(value) ? value.join(', ') : value);
  }
  return headers;
}

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}
