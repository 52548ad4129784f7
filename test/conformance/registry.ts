import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

const digestOf = (letter: string): string => `sha256:${letter.repeat(64)}`;

/** Two images, one with a tag; the stand-in shows them as versions of a package. */
export interface SmallRegistry {
  /** Of the images' repository, `http://…/v2/<path>`. */
  readonly repository: string;
  readonly digests: readonly string[];
  readonly close: () => void;
}

/** As much of a registry as the stand-in asks of one: which tags there are, and what is there. */
export async function startRegistry(): Promise<SmallRegistry> {
  const tagged = digestOf('a');
  const held = new Set([tagged, digestOf('b')]);
  const server = createServer(({ method, url = '' }, response) => {
    if (url.endsWith('/tags/list')) return void response.end(JSON.stringify({ tags: ['pr-1'] }));
    const name = url.slice(url.lastIndexOf('/') + 1);
    const digest = name === 'pr-1' ? tagged : name;
    if (!held.has(digest)) return void response.writeHead(404).end();
    if (method === 'DELETE') held.delete(digest);
    response.writeHead(method === 'DELETE' ? 202 : 200, { 'docker-content-digest': digest });
    response.end(method === 'GET' ? '{}' : undefined);
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  return {
    repository: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v2/example/app`,
    digests: [...held],
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
