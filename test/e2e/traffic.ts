import { fetchCommit, fetchPage } from '../../local/demo/fetch-page.ts';
import type { Stack } from '../../local/stack.ts';

export interface Traffic {
  /** Ends the requests and resolves to what they saw. */
  stop(): Promise<{
    readonly requests: number;
    readonly failures: readonly string[];
    readonly served: ReadonlySet<string>;
  }>;
}

export interface TrafficOptions {
  /** `page` (default) fetches the page and asks which commit it is of; `version` asks only that, of any service. */
  readonly ask?: 'page' | 'version';
}

/** Asks a page again and again through the ingress, one request after the other, as a reviewer's browser would. */
export function startTraffic(stack: Stack, url: string, { ask = 'page' }: TrafficOptions = {}): Traffic {
  const failures: string[] = [];
  const served = new Set<string>();
  let requests = 0;
  const ending = new AbortController();
  const way = stack.ingress ?? { httpsPort: 443, caFile: '' };
  const loop = (async (): Promise<void> => {
    while (!ending.signal.aborted) {
      requests += 1;
      try {
        served.add(ask === 'page' ? (await fetchPage(url, way)).served : await fetchCommit(url, way));
      } catch (error) {
        failures.push(error instanceof Error ? error.message : String(error));
      }
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
  })();
  return {
    stop: async () => {
      ending.abort();
      await loop;
      return { requests, failures, served };
    },
  };
}
