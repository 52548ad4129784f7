import { createServer } from 'node:http';
import type { IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { EventsBody } from '../../../client/events/wire.ts';
import { eventsBody } from '../../../client/events/wire.ts';

export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly token: string;
  /** What was sent, as the contract reads it; null for a question. */
  readonly body: EventsBody | null;
}

export interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** JSON, or a text as it is. */
  readonly body: unknown;
}

/** A server that answers as a test says: what a gateway, or something in its place, may do to the action. */
export interface ScriptedGateway {
  readonly url: string;
  readonly asked: readonly Asked[];
  close(): Promise<void>;
}

/** @param answer `drop` closes the connection without a word. */
export async function startScriptedGateway(
  answer: (asked: Asked, count: number) => Answer | 'drop',
): Promise<ScriptedGateway> {
  const asked: Asked[] = [];
  const server = createServer((request, response) => {
    void read(request).then((text) => {
      const one: Asked = {
        method: request.method ?? '',
        path: request.url ?? '',
        token: (request.headers.authorization ?? '').replace('Bearer ', ''),
        body: text === '' ? null : eventsBody.parse(JSON.parse(text)),
      };
      asked.push(one);
      const said = answer(one, asked.length);
      if (said === 'drop') request.socket.destroy();
      else response.writeHead(said.status, said.headers).end(textOf(said.body));
    });
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function read(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts).toString();
}

function textOf(body: unknown): string {
  return typeof body === 'string' ? body : JSON.stringify(body);
}
