import { sign } from '@octokit/webhooks-methods';
import { randomUUID } from 'node:crypto';
import { pino } from 'pino';
import { afterAll, beforeAll } from 'vitest';
import { errorAnswer } from '../../../client/events/wire.ts';
import type { Gateway, GatewayOptions } from '../../../client/gateway/gateway.ts';
import { startGateway } from '../../../client/gateway/gateway.ts';
import type { EventScene, EventScenes } from '../events/scene.ts';
import { eventScenes } from '../events/scene.ts';
import type { Issuer } from './issuer.ts';
import { startIssuer } from './issuer.ts';

export const audience = 'https://previews.example.com';
export const webhookSecret = 'a-secret-of-the-tests';

/** What the gateway answered. */
export interface Answered {
  readonly status: number;
  readonly body: { outcome?: string; reason?: string; error?: { code: string; message: string } };
  readonly headers: Headers;
}

export interface DeliveryOptions {
  readonly id?: string;
  readonly secret?: string;
  readonly headers?: Record<string, string>;
}

/** A scene with a gateway of its own in front. */
export interface GatewayScene extends EventScene {
  readonly url: string;
  /** Lines of its log. */
  readonly log: () => Record<string, unknown>[];
  /** Delivers an event as GitHub does, signed. */
  readonly deliver: (name: string, payload: unknown, options?: DeliveryOptions) => Promise<Answered>;
  readonly close: () => Promise<void>;
}

export interface GatewayScenes extends Omit<EventScenes, 'scene'> {
  readonly scene: (options?: Partial<GatewayOptions>) => Promise<GatewayScene>;
  readonly issuer: () => Issuer;
}

/** Makes scenes with gateways, and ends what they leave. */
export function gatewayScenes(): GatewayScenes {
  const events = eventScenes();
  const gateways: Gateway[] = [];
  let issuer: Issuer;
  beforeAll(async () => {
    issuer = await startIssuer();
  });
  afterAll(async () => {
    await Promise.all(gateways.map(async (gateway) => await gateway.close(1_000)));
    await issuer.close();
  });
  return {
    ...events,
    issuer: () => issuer,
    scene: async (options = {}) => {
      const own = await events.scene();
      const lines: string[] = [];
      const logger = pino({ level: 'debug' }, { write: (line: string) => void lines.push(line) });
      const gateway = await startGateway({
        address: { host: '127.0.0.1', port: 0 },
        webhookSecret,
        ci: { audience, issuer: issuer.url, workflowFiles: null },
        repositories: [own.repository],
        previews: own.previews,
        gitHub: events.asks(),
        isReady: async () => true,
        logger,
        ...options,
      });
      gateways.push(gateway);
      const url = `http://127.0.0.1:${gateway.port}`;
      return {
        ...own,
        url,
        log: () => lines.map((line) => JSON.parse(line) as Record<string, unknown>),
        deliver: async (name, payload, delivery) => await deliver(url, { name, payload }, delivery),
        close: async () => await gateway.close(5_000),
      };
    },
  };
}

/** Delivers an event to a gateway as GitHub does, signed. */
export async function deliver(
  url: string,
  { name, payload }: { readonly name: string; readonly payload: unknown },
  { id = randomUUID(), secret = webhookSecret, headers = {} }: DeliveryOptions = {},
): Promise<Answered> {
  const body = JSON.stringify(payload);
  return await answered(
    await fetch(`${url}/v1/webhooks`, {
      method: 'POST',
      body,
      headers: {
        'content-type': 'application/json',
        'x-github-event': name,
        'x-github-delivery': id,
        'x-hub-signature-256': await sign(secret, body),
        ...headers,
      },
    }),
  );
}

export async function answered(response: Response): Promise<Answered> {
  const { status, headers } = response;
  const body = (await response.json()) as Answered['body'];
  // whatever is wrong, it is told as the contract says
  if (status >= 400) errorAnswer.parse(body);
  return { status, headers, body };
}
