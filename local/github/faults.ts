import { setTimeout as delay } from 'node:timers/promises';

/** A misbehaviour to order, answered to the next requests that match. */
export interface Fault {
  /** Absent matches every method. */
  method?: string | undefined;
  /** A regular expression over path and query. */
  path: string;
  /** What is answered; absent lets the real answer through, after `delayMs`. */
  status?: number | undefined;
  body?: unknown;
  headers?: Record<string, string> | undefined;
  delayMs?: number | undefined;
  /** Cuts the connection and answers nothing. */
  drop?: boolean | undefined;
  /** Does what was asked first, and misbehaves then. Default false. */
  afterWrite?: boolean | undefined;
  /** How many requests get it. Default 1. */
  times?: number | undefined;
}

export interface Faults {
  add(fault: Fault): void;
  clear(): void;
  /** The fault for this request, which is one the fewer then. */
  take(method: string, pathAndQuery: string): Fault | undefined;
}

export function createFaults(): Faults {
  let pending: { fault: Fault; path: RegExp; left: number }[] = [];
  return {
    add: (fault) => {
      pending.push({ fault, path: new RegExp(fault.path), left: fault.times ?? 1 });
    },
    clear: () => {
      pending = [];
    },
    take: (method, pathAndQuery) => {
      const found = pending.find(
        ({ fault, path }) =>
          (fault.method === undefined || fault.method === method) && path.test(pathAndQuery),
      );
      if (found === undefined) return undefined;
      found.left -= 1;
      if (found.left <= 0) pending = pending.filter((one) => one !== found);
      return found.fault;
    },
  };
}

/**
 * Answers as the fault says: the fault's status, or `handle`'s answer late; `'drop'` says to cut the line.
 * Rejects when `signal` aborts during the delay.
 */
export async function misbehave(
  fault: Fault,
  { handle, signal }: { handle: () => Promise<Response>; signal: AbortSignal },
): Promise<Response | 'drop'> {
  const early = fault.afterWrite === true ? await handle() : undefined;
  if (fault.delayMs !== undefined) await delay(fault.delayMs, undefined, { signal });
  if (fault.drop === true) return 'drop';
  if (fault.status === undefined) return early ?? handle();
  return Response.json(fault.body ?? { message: 'Injected fault', status: String(fault.status) }, {
    status: fault.status,
    ...(fault.headers === undefined ? {} : { headers: fault.headers }),
  });
}
