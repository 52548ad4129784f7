import type { Octokit } from 'octokit';
import type { Delivery } from '../../domain/redelivery.ts';
import { redeliveriesDue, redeliverWithinMs } from '../../domain/redelivery.ts';
import { hookDeliveryAnswer } from './answers.ts';
import { isApp } from './clients.ts';
import { ask, statusOf } from './failure.ts';

/** What became of events that did not arrive. */
export interface Redelivered {
  /** Events that are to be sent again now. */
  readonly due: number;
  /** Those that GitHub sends again; none in a dry run. */
  readonly redelivered: number;
}

/** Towards github.com a second passes between two writes, and an activity has two minutes. */
const mostAtOnce = 60;

/**
 * Has GitHub send again what did not arrive at the App's webhook within the last day: it never does so by itself. At
 * most sixty events each time, oldest first. Null: the client logs in by a token, and only an App is told of its
 * deliveries.
 *
 * Twice, or twice at once, is harmless: events are hints, a command that was done is known by our reaction to it, and one
 * that comes late is refused (`client/events/handle-comment.ts`). The gateway's memory of delivery ids only saves work.
 */
export async function redeliver(
  octokit: Octokit,
  { dryRun, now }: { readonly dryRun: boolean; readonly now: number },
  signal: AbortSignal,
): Promise<Redelivered | null> {
  if (!(await isApp(octokit))) return null;
  const due = await findDue(octokit, now, signal);
  let redelivered = 0;
  if (!dryRun) {
    for (const delivery of due.slice(0, mostAtOnce)) {
      if (await repeat(octokit, delivery, signal)) redelivered += 1;
    }
  }
  return { due: due.length, redelivered };
}

/** Mostly there is no failure, and one request tells so; whether another attempt brought it in is asked only then. */
async function findDue(octokit: Octokit, now: number, signal: AbortSignal): Promise<Delivery[]> {
  const since = now - redeliverWithinMs;
  const failed = await list(octokit, { since, status: 'failure' }, signal);
  if (redeliveriesDue(failed, now).length === 0) return [];
  return redeliveriesDue(await list(octokit, { since }, signal), now);
}

/** Attempts since an instant; an Enterprise Server may know no `status` and list all. */
async function list(
  octokit: Octokit,
  { since, status }: { readonly since: number; readonly status?: 'failure' },
  signal: AbortSignal,
): Promise<Delivery[]> {
  return await ask(signal, "list the deliveries to the App's webhook", async () => {
    const found: Delivery[] = [];
    const pages = octokit.paginate.iterator(octokit.rest.apps.listWebhookDeliveries, {
      per_page: 100,
      ...(status === undefined ? {} : { status }),
    });
    for await (const { data } of pages) {
      signal.throwIfAborted();
      found.push(...data.map(toDelivery));
      if ((found.at(-1)?.at ?? 0) < since) break;
    }
    return found;
  });
}

function toDelivery(answer: unknown): Delivery {
  const { id, guid, delivered_at, redelivery, status_code } = hookDeliveryAnswer.parse(answer);
  return {
    id: String(id),
    guid,
    at: Date.parse(delivered_at),
    taken: status_code >= 200 && status_code < 400,
    again: redelivery,
  };
}

/** False when GitHub has it no more, or will not send it again. */
async function repeat(octokit: Octokit, { id }: Delivery, signal: AbortSignal): Promise<boolean> {
  return await ask(signal, `have delivery ${id} sent again`, async () => {
    try {
      await octokit.request('POST /app/hook/deliveries/{delivery_id}/attempts', {
        // Too large for a number, now and then.
        delivery_id: id as unknown as number,
        request: { signal },
      });
      return true;
    } catch (error) {
      if ([400, 404, 422].includes(statusOf(error) ?? 0)) return false;
      throw error;
    }
  });
}
