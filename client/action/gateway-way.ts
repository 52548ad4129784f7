import type { z } from 'zod';
import type { EventsBody } from '../events/wire.ts';
import { eventResult, readingAnswer } from '../events/wire.ts';
import { ClientError } from '../exit-codes.ts';
import { answerWithinMs } from '../preview-updates.ts';
import { BusyGateway, readAnswer } from './gateway-answer.ts';
import { createTokens } from './oidc-token.ts';
import { tryAgain } from './try-again.ts';
import type { OpenWay } from './way.ts';

interface Gateway {
  readonly endpoint: string;
  readonly audience: string;
  /** Pauses before what nobody may have heard is sent again, in milliseconds. */
  readonly pausesMs?: readonly number[];
}

interface Request {
  readonly path: string;
  /** Null: it is only asked. */
  readonly body: EventsBody | null;
  /** Milliseconds for the whole answer. */
  readonly withinMs: number;
}

/** As long as a worker may take for an Update, and GitHub for who may, reactions and words. */
export const eventWithinMs = answerWithinMs + 20_000;

/** The way through the gateway. Nothing is opened before it is used. */
export function createGatewayWay({ endpoint, audience, pausesMs = [1_000, 3_000, 8_000] }: Gateway): OpenWay {
  const root = endpoint.replace(/\/+$/, '');
  const token = createTokens(audience);
  const ask = async <S extends z.ZodType>(request: Request, schema: S): Promise<z.output<S>> => {
    const response = await call(root, request, await token());
    return await readAnswer(response, { place: root, schema });
  };
  return {
    send: async (body) => {
      const request = { path: '/v1/events', body, withinMs: eventWithinMs };
      return await tryAgain(async () => await ask(request, eventResult), { pausesMs, wishOf });
    },
    status: async ({ owner, repository, number }) => {
      const path = `/v1/previews/${owner}/${repository}/${number}`;
      return await ask({ path, body: null, withinMs: 15_000 }, readingAnswer);
    },
    everyMs: 3_000,
    close: async () => undefined,
  };
}

async function call(root: string, { path, body, withinMs }: Request, token: string): Promise<Response> {
  try {
    return await fetch(root + path, {
      method: body === null ? 'GET' : 'POST',
      headers: {
        authorization: `Bearer ${token}`,
        accept: 'application/json',
        ...(body === null ? {} : { 'content-type': 'application/json' }),
      },
      body: body === null ? null : JSON.stringify(body),
      // a token goes to the address that it was made for, and nowhere else
      redirect: 'manual',
      signal: AbortSignal.timeout(withinMs),
    });
  } catch (cause) {
    throw new ClientError(
      'temporalAway',
      `The gateway at ${root} does not answer: ${reasonOf(cause)}. ` +
        'Is that the address of "endpoint", does it run, and may this runner reach it?',
      { cause },
    );
  }
}

/** Fetch says no more than that it failed; why is in the cause. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === 'TimeoutError') return 'no answer in time';
  const { cause } = error;
  if (cause instanceof AggregateError) return reasonOf(cause.errors[0]);
  return cause instanceof Error ? reasonOf(cause) : error.message;
}

/** Null: to send it again does not help. */
function wishOf(error: unknown): number | null {
  if (error instanceof BusyGateway) return error.retryAfterMs;
  return error instanceof ClientError && error.code === 'temporalAway' ? 0 : null;
}
