import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { TLSSocket } from 'node:tls';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { createKubernetesClients, loadKubeConfig } from '../../../activities/kubernetes/clients.ts';

const connected = 'undici:client:connected';
const protocols: (string | false | null)[] = [];
const note = (message: unknown): void => {
  protocols.push((message as { readonly socket: TLSSocket }).socket.alpnProtocol);
};
beforeAll(() => subscribe(connected, note));
afterAll(() => void unsubscribe(connected, note));

describe('requests to the API server', () => {
  it('go over HTTP/1.1, on connections that are kept', async () => {
    const clients = createKubernetesClients(loadKubeConfig(inject('stack').cluster?.workerKubeconfig));
    const { signal } = new AbortController();
    for (let request = 0; request < 5; request += 1)
      await clients.worker.json({ method: 'GET', path: '/version' }, signal);
    // The next one may begin before the last one's connection is known to be free.
    expect(protocols.length).toBeLessThan(3);
    expect(protocols).not.toContain('h2');
  });

  it('of which a broken-off watch is one leave the next ones well', async () => {
    const clients = createKubernetesClients(loadKubeConfig(inject('stack').cluster?.workerKubeconfig));
    const stop = new AbortController();
    const watch = await clients.worker.stream(
      { method: 'GET', path: '/api/v1/namespaces', query: { watch: 'true' } },
      stop.signal,
    );
    const reader = watch.getReader();
    await reader.read();
    stop.abort(new Error('no longer wanted'));
    await expect(reader.read()).rejects.toThrow('no longer wanted');
    const version = await clients.worker.json(
      { method: 'GET', path: '/version' },
      new AbortController().signal,
    );
    expect(version).toMatchObject({ major: '1' });
    expect(protocols).not.toContain('h2');
  });
});
