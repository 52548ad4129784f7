import { readFile } from 'node:fs/promises';
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { RequestOptions } from 'node:https';

export interface Answer {
  status: number;
  body: string;
}

export interface Ask {
  method?: string;
  headers?: Record<string, string>;
  body?: string | Buffer;
  /** Name the server's certificate must be for; default: the URL's host. */
  servername?: string;
  /** File of the authority that signed the server's certificate. */
  caFile?: string;
  /** Milliseconds for the whole exchange; default 2,000. */
  timeoutMs?: number;
}

/** One HTTP exchange with a part of the stack. Unlike `fetch` it takes a certificate authority of our own. */
export async function ask(url: string, options: Ask = {}): Promise<Answer> {
  const { method = 'GET', headers = {}, body, caFile, servername, timeoutMs = 2000 } = options;
  const settings: RequestOptions = { method, headers, agent: false, signal: AbortSignal.timeout(timeoutMs) };
  if (servername !== undefined) settings.servername = servername;
  if (caFile !== undefined) settings.ca = await readFile(caFile);
  return new Promise((resolve, reject) => {
    const request = (url.startsWith('https:') ? httpsRequest : httpRequest)(url, settings, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString() }),
      );
    });
    request.on('error', reject);
    request.end(body);
  });
}
