import { readFile } from 'node:fs/promises';
import { request } from 'node:https';

export interface Way {
  /** Port on loopback where the ingress listens. */
  readonly httpsPort: number;
  readonly caFile: string;
}

/** Fetches a preview's page through the ingress, as a browser on this machine would, and asks it which commit it is of. */
export async function fetchPage(
  url: string,
  way: Way,
): Promise<{ readonly title: string; readonly served: string }> {
  const page = await get(new URL('/', url), way);
  return { title: /<title>([^<]*)<\/title>/.exec(page)?.[1] ?? '', served: await fetchCommit(url, way) };
}

/** Asks a service through the ingress which commit it is of. */
export async function fetchCommit(url: string, way: Way): Promise<string> {
  const version = JSON.parse(await get(new URL('/version', url), way)) as { git_sha?: string };
  return version.git_sha ?? '';
}

/** Names under .localhost lead to this machine; not every resolver knows, so loopback is dialled. */
async function get(url: URL, { httpsPort, caFile }: Way): Promise<string> {
  const ca = await readFile(caFile);
  return await new Promise<string>((resolve, reject) => {
    const options = {
      host: '127.0.0.1',
      port: httpsPort,
      path: url.pathname,
      servername: url.hostname,
      headers: { host: url.host },
      ca,
      timeout: 10_000,
    };
    const asked = request(options, (answer) => {
      const parts: Buffer[] = [];
      answer.on('data', (part: Buffer) => parts.push(part));
      answer.on('end', () => {
        if (answer.statusCode === 200) resolve(Buffer.concat(parts).toString());
        else reject(new Error(`${url.href} answered ${answer.statusCode ?? 0}`));
      });
    });
    asked.on('error', reject);
    asked.on('timeout', () => asked.destroy(new Error(`${url.href} did not answer within 10 s`)));
    asked.end();
  });
}
