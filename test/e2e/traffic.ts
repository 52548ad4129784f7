import { fetchPage } from '../../local/demo/fetch-page.ts';
import type { Stack } from '../../local/stack.ts';

export interface Traffic {
  /** Ends the requests and resolves to what they saw. */
  stop(): Promise<{
    readonly requests: number;
    readonly failures: readonly string[];
    readonly served: ReadonlySet<string>;
  }>;
}

/** Asks a page again and again through the ingress, one request after the other, as a reviewer's browser would. */
export function startTraffic(stack: Stack, url: string): Traffic {
  const failures: string[] = [];
  const served = new Set<string>();
  let requests = 0;
  const ending = new AbortController();
  const { httpsPort, caFile } = stack.ingress ?? { httpsPort: 443, caFile: '' };
  const loop = (async (): Promise<void> => {
    while (!ending.signal.aborted) {
      requests += 1;
      try {
        served.add((await fetchPage(url, { httpsPort, caFile })).served);
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
