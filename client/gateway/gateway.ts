import type { Logger } from 'pino';
import type { Address } from '../../config/environment.ts';
import type { CommentGitHub } from '../events/comment-git-hub.ts';
import type { PreviewEvent } from '../events/read-event.ts';
import type { PreviewClient } from '../preview-client.ts';
import { answerError } from './answer.ts';
import type { CiGitHub } from './ci.ts';
import { createCiGate } from './ci.ts';
import { createDeliveries } from './deliveries.ts';
import { takeEvent } from './events.ts';
import type { Handling } from './handling.ts';
import { startHandling } from './handling.ts';
import { createInFlight } from './in-flight.ts';
import { createVerifyToken } from './oidc.ts';
import type { Route } from './routes.ts';
import { serve } from './server.ts';
import type { CiSettings } from './settings.ts';
import { tellStatus } from './status.ts';
import { takeDelivery } from './webhooks.ts';

export interface GatewayOptions {
  readonly address: Address;
  readonly webhookSecret: string | null;
  readonly ci: CiSettings | null;
  /** Repositories as `owner/name` that anything is taken from. */
  readonly repositories: readonly string[];
  readonly previews: PreviewClient;
  readonly gitHub: CommentGitHub & CiGitHub;
  /** Whether Temporal answers. */
  readonly isReady: () => Promise<boolean>;
  readonly logger: Logger;
  /** Default 8 s. */
  readonly answerWithinMs?: number;
  /** How long a request may take to come in, in milliseconds. Default 30 s. */
  readonly requestWithinMs?: number;
}

export interface Gateway {
  readonly port: number;
  /** Takes no new requests; resolves when all that runs has ended, words to people too, or `graceMs` later. */
  close(graceMs: number): Promise<void>;
}

/** Starts the gateway: what comes from GitHub and from CI, over HTTP, becomes messages to previews. */
export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const { address, isReady, logger, requestWithinMs } = options;
  const inFlight = createInFlight();
  const handle = (event: PreviewEvent, about: Readonly<Record<string, unknown>>): Handling => {
    const { previews, gitHub } = options;
    const warn = (reason: string): void => logger.warn({ ...about, reason }, 'event goes on without it');
    const handling = startHandling(event, { previews, gitHub, now: Date.now, warn });
    inFlight.track(
      handling.result.then(
        (result) => logger.info({ ...about, ...result }, 'event handled'),
        // whoever asked may have been answered long ago
        (error: unknown) => logger.warn({ ...about, ...answerError(error).about }, 'event failed'),
      ),
    );
    return handling;
  };
  const health: readonly Route[] = [
    { method: 'GET', path: /^\/healthz$/, answer: async () => ({ status: 200, body: { alive: true } }) },
    {
      method: 'GET',
      path: /^\/readyz$/,
      answer: async () => {
        const ready = await isReady();
        const body = ready ? { ready } : { ready, reason: 'Temporal does not answer' };
        return { status: ready ? 200 : 503, body, about: { ready } };
      },
    },
  ];
  const routes = [...health, ...webhookRoutes(options, handle), ...ciRoutes(options, handle)];
  const server = await serve(address, {
    routes,
    logger,
    ...(requestWithinMs === undefined ? {} : { requestWithinMs }),
  });
  return {
    port: server.port,
    close: async (graceMs) => {
      const deadline = Date.now() + graceMs;
      await server.close(graceMs);
      await endedBy(deadline, inFlight.ended());
    },
  };
}

type Handle = (event: PreviewEvent, about: Readonly<Record<string, unknown>>) => Handling;

function webhookRoutes(options: GatewayOptions, handle: Handle): Route[] {
  const { webhookSecret: secret, answerWithinMs } = options;
  if (secret === null) return [];
  const dependencies = {
    secret,
    isAllowed: allowList(options),
    deliveries: createDeliveries(),
    handle,
    ...(answerWithinMs === undefined ? {} : { answerWithinMs }),
  };
  return [
    {
      method: 'POST',
      path: /^\/v1\/webhooks$/,
      answer: async (request) => await takeDelivery(request, dependencies),
    },
  ];
}

function ciRoutes(options: GatewayOptions, handle: Handle): Route[] {
  const { ci, gitHub, previews } = options;
  if (ci === null) return [];
  const { workflowFiles } = ci;
  const verifyToken = createVerifyToken(ci);
  const gate = createCiGate({ verifyToken, isAllowed: allowList(options), workflowFiles, gitHub });
  return [
    {
      method: 'POST',
      path: /^\/v1\/events$/,
      answer: async (request) => await takeEvent(request, { gate, gitHub, handle }),
    },
    {
      method: 'GET',
      path: /^\/v1\/previews\/(?<owner>[^/]+)\/(?<repository>[^/]+)\/(?<number>[^/]+)$/,
      answer: async (request, { owner = '', repository = '', number = '' }) =>
        await tellStatus(request, { owner, repository, number }, { gate, previews }),
    },
  ];
}

/** GitHub's names are case-insensitive. */
function allowList({ repositories }: GatewayOptions): (repository: string) => boolean {
  const allowed = new Set(repositories.map((name) => name.toLowerCase()));
  return (repository) => allowed.has(repository.toLowerCase());
}

async function endedBy(deadline: number, work: Promise<void>): Promise<void> {
  const { promise: late, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, Math.max(0, deadline - Date.now()));
  await Promise.race([work, late]);
  clearTimeout(timer);
}
