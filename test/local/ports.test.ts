import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { listenerOf, requireFreePort } from '../../local/ports.ts';

async function listening() {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return { port, close: () => new Promise((resolve) => server.close(resolve)) };
}

describe('requireFreePort', () => {
  it('says in one line which port is taken, who needs it and who has it', async () => {
    const server = await listening();
    const error = await requireFreePort(`127.0.0.1:${server.port}`, 'etcd').catch(
      (reason: unknown) => reason as Error,
    );
    expect(error?.message).toMatch(
      new RegExp(
        `^Port 127.0.0.1:${server.port}, which etcd needs, is taken by .+ \\(process ${process.pid}\\)\\.$`,
      ),
    );
    await server.close();
  });

  it('waits for one that is about to be free', async () => {
    const server = await listening();
    const waiting = requireFreePort(`127.0.0.1:${server.port}`, 'etcd');
    await server.close();
    await waiting;
    expect(listenerOf(server.port)).toBeUndefined();
  });

  it('says that an address is not ours', async () => {
    await expect(requireFreePort('192.0.2.1:80', 'etcd')).rejects.toThrow(
      'etcd cannot listen on 192.0.2.1:80',
    );
  });
});
