import type { IncomingMessage } from 'node:http';
import { verify } from '@octokit/webhooks-methods';
import type { PreviewEvent } from '../events/read-event.ts';
import { readEvent } from '../events/read-event.ts';
import type { EventResult } from '../events/wire.ts';
import type { Answer } from './answer.ts';
import { answerResult } from './answer.ts';
import type { Deliveries } from './deliveries.ts';
import type { Handling } from './handling.ts';
import { parseJson, readBody } from './read-body.ts';
import { RequestRefusal } from './refusal.ts';

export interface WebhookDependencies {
  readonly secret: string;
  readonly isAllowed: (repository: string) => boolean;
  readonly deliveries: Deliveries;
  readonly handle: (event: PreviewEvent, about: Readonly<Record<string, unknown>>) => Handling;
  /** Milliseconds within which GitHub is answered. Default 8 s: it waits for 10. */
  readonly answerWithinMs?: number;
}

/** The longest delivery that is read, in bytes. GitHub's limit is 25 MB; the events that we use are far below this. */
export const longestDelivery = 2 * 1024 * 1024;

/**
 * Takes a delivery of a webhook of GitHub. Answered once what follows is durable: 202, or 200 where nothing follows; 5xx
 * when it is not, as GitHub shows it as failed then and can be made to deliver it again.
 */
export async function takeDelivery(
  request: IncomingMessage,
  { secret, isAllowed, deliveries, handle, answerWithinMs = 8_000 }: WebhookDependencies,
): Promise<Answer> {
  const name = header(request, 'x-github-event');
  const id = header(request, 'x-github-delivery');
  const signature = header(request, 'x-hub-signature-256');
  const body = await readBody(request, longestDelivery);
  if (body.length === 0 || !(await verify(secret, body.toString('utf8'), signature)))
    throw new RequestRefusal(
      { status: 401, code: 'signature' },
      'x-hub-signature-256 is not that of the body',
    );
  const about = { delivery: id, event: name };
  const read = readEvent(name, parseJson(body));
  if (!read.ok) throw new RequestRefusal({ status: 400, code: 'event' }, read.wrong);
  const event = allowedEvent(read.value, isAllowed);
  const { handling, again } = deliveries.once(id, () => handle(event, about));
  const result = await within(answerWithinMs, handling);
  const answer = result === null ? { status: 202, body: { outcome: 'accepted' } } : answerResult(result);
  return { ...answer, about: { ...about, again } };
}

function header(request: IncomingMessage, name: string): string {
  const value = request.headers[name];
  if (typeof value === 'string' && value !== '' && value.length <= 100) return value;
  throw new RequestRefusal(
    { status: 400, code: 'headers' },
    `wanted the header ${name}, as GitHub sends it with each delivery`,
  );
}

/** A delivery of another repository is no error: an App may be installed in more of them. */
function allowedEvent(event: PreviewEvent, isAllowed: (repository: string) => boolean): PreviewEvent {
  if (event.kind === 'ignored') return event;
  const repository = `${event.ref.owner}/${event.ref.repository}`;
  if (isAllowed(repository)) return event;
  return { kind: 'ignored', reason: `${repository} is not among the platform's repositories` };
}

/** Null: it is durable, and words to people are still being written. @throws what kept it from being durable. */
async function within(ms: number, { durable, result }: Handling): Promise<EventResult | null> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    const message = `it was not done within ${ms / 1_000} s; it may be done yet, and may be sent again`;
    reject(new RequestRefusal({ status: 503, code: 'slow' }, message));
  }, ms);
  try {
    return await Promise.race([result, durable.then(() => null), late]);
  } finally {
    clearTimeout(timer);
  }
}
