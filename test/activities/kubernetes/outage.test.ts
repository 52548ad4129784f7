import { createServer } from 'node:http';
import type { Server } from 'node:http';
import { KubeConfig } from '@kubernetes/client-node';
import { afterEach, describe, expect, it } from 'vitest';
import { ApiError, NoAnswer } from '../../../activities/kubernetes/api-error.ts';
import { createKubernetesClients } from '../../../activities/kubernetes/clients.ts';
import { freePort } from '../../support/free-port.ts';

let server: Server | undefined;
afterEach(() => void server?.close());

/** A server that refuses everybody, as one does that has not read its roles yet. */
async function refusing(port: number): Promise<void> {
  const body = JSON.stringify({ kind: 'Status', reason: 'Forbidden', message: 'pods is forbidden' });
  server = createServer((_, response) => void response.writeHead(403).end(body));
  await new Promise<void>((resolve) => server?.listen(port, '127.0.0.1', resolve));
}

function ask(port: number): () => Promise<unknown> {
  const config = new KubeConfig();
  config.loadFromClusterAndUser(
    { name: 'test', server: `http://127.0.0.1:${port}`, skipTLSVerify: true },
    { name: 'test' },
  );
  const { worker } = createKubernetesClients(config);
  const { signal } = new AbortController();
  return async () => await worker.json({ method: 'GET', path: '/api/v1/pods' }, signal);
}

describe('a refusal of the API server', () => {
  it('is one, while the server was always there', async () => {
    const port = await freePort();
    await refusing(port);
    await expect(ask(port)()).rejects.toBeInstanceOf(ApiError);
  });

  it('is no more than no answer for a while after the server was away, as it may know no rights yet', async () => {
    const port = await freePort();
    const asked = ask(port);
    await expect(asked()).rejects.toBeInstanceOf(NoAnswer);
    await refusing(port);
    await expect(asked()).rejects.toThrow(/pods is forbidden/);
    await expect(asked()).rejects.toBeInstanceOf(NoAnswer);
  });
});
