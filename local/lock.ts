import { createHash } from 'node:crypto';
import { connect, createServer } from 'node:net';
import type { Server, Socket } from 'node:net';

/** Who holds a lock, as told to those who wait for it. */
export interface LockHolder {
  pid: number;
  checkout: string;
  doing: string;
}

/**
 * Runs `work` while no other process on this machine works on the same folder. The lock is a socket in the
 * kernel's abstract namespace: it is taken in one step and goes with its holder, however that one dies.
 *
 * @param options.waiting Called once for each holder that is waited for.
 */
export async function withLock<T>(
  folder: string,
  options: { holder: LockHolder; waiting: (holder: LockHolder) => void },
  work: () => Promise<T>,
): Promise<T> {
  const name = `\0pr-preview-${createHash('sha256').update(folder).digest('hex').slice(0, 24)}`;
  const waiters = new Set<Socket>();
  let server = await take(name, options.holder, waiters);
  while (!server) {
    await waitForHolder(name, options.waiting);
    server = await take(name, options.holder, waiters);
  }
  try {
    return await work();
  } finally {
    server.close();
    for (const waiter of waiters) waiter.destroy();
  }
}

function take(name: string, holder: LockHolder, waiters: Set<Socket>): Promise<Server | undefined> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => {
      waiters.add(socket);
      socket.on('close', () => waiters.delete(socket)).on('error', () => {});
      socket.write(JSON.stringify(holder));
    });
    server.once('error', (error: NodeJS.ErrnoException) =>
      error.code === 'EADDRINUSE' ? resolve(undefined) : reject(error),
    );
    server.listen(name, () => resolve(server));
  });
}

function waitForHolder(name: string, waiting: (holder: LockHolder) => void): Promise<void> {
  return new Promise((resolve) => {
    const socket = connect(name);
    socket.once('data', (data) => waiting(JSON.parse(data.toString()) as LockHolder));
    socket.once('error', () => {});
    socket.once('close', () => resolve());
  });
}
