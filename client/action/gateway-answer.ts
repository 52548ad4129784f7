import type { z } from 'zod';
import { errorAnswer } from '../events/wire.ts';
import { ClientError } from '../exit-codes.ts';

/** The gateway, or what stands before it, cannot do it now. */
export class BusyGateway extends ClientError {
  /** How long it wants to be left alone, in milliseconds; 0: it does not say. */
  readonly retryAfterMs: number;

  constructor(message: string, retryAfterMs: number) {
    super('temporalAway', message);
    this.retryAfterMs = retryAfterMs;
  }
}

interface Expected<S> {
  /** Address of the gateway, for messages. */
  readonly place: string;
  readonly schema: S;
}

/**
 * What a gateway answered.
 *
 * @throws {ClientError} `refused` and `workerSilent` when asking again does not help, `temporalAway` when it may.
 */
export async function readAnswer<S extends z.ZodType>(
  response: Response,
  { place, schema }: Expected<S>,
): Promise<z.output<S>> {
  const { status } = response;
  const gateway = `The gateway at ${place}`;
  if (status >= 300 && status < 400) {
    const to = response.headers.get('location') ?? 'nowhere';
    throw new ClientError(
      'refused',
      `${gateway} leads on to ${to}: give "endpoint" the address that answers itself`,
    );
  }
  const answer = await jsonOf(response);
  if (response.ok) {
    const read = schema.safeParse(answer);
    if (read.success) return read.data;
    throw new ClientError('refused', `${notOurs(place)}: it answers ${status} with something else`);
  }
  const said = errorAnswer.safeParse(answer);
  const message = said.success ? said.data.error.message : null;
  // it took its whole minute, and has what it was sent: to send it again only costs the runner's time
  if (said.success && said.data.error.code === 'worker-silent')
    throw new ClientError('workerSilent', said.data.error.message);
  if (status >= 500 || status === 429) {
    throw new BusyGateway(
      `${gateway} cannot do it now: ${message ?? `it answers ${status}`}`,
      retryAfterMs(response),
    );
  }
  if (message === null) throw new ClientError('refused', `${notOurs(place)}: it answers ${status}`);
  throw new ClientError('refused', `${gateway} refuses it: ${message}`);
}

function notOurs(place: string): string {
  return `At ${place} there is no gateway of pr-preview, or one of another version; check "endpoint"`;
}

/** A runner is paid by the minute: half of one at most. */
function retryAfterMs({ headers }: Response): number {
  const seconds = Number(headers.get('retry-after'));
  return seconds > 0 ? Math.min(seconds, 30) * 1_000 : 0;
}

/** Undefined where it is no JSON, or broke off. */
async function jsonOf(response: Response): Promise<unknown> {
  try {
    return await response.json();
  } catch {
    return undefined;
  }
}
