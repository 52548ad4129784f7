import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** Milliseconds in which a process that was just killed may still be giving up its port. */
const GRACE = 1500;

/**
 * Makes sure that nothing listens on an address.
 *
 * @param address `ip:port`.
 * @throws one line that names the port, who needs it and, where /proc tells, who has it.
 */
export async function requireFreePort(address: string, neededBy: string): Promise<void> {
  const [host = '', port = ''] = address.split(':');
  const deadline = Date.now() + GRACE;
  let error = await tryListen(host, Number(port));
  while (error?.code === 'EADDRINUSE' && Date.now() < deadline) {
    await sleep(50);
    error = await tryListen(host, Number(port));
  }
  if (!error) return;
  if (error.code !== 'EADDRINUSE')
    throw new Error(`${neededBy} cannot listen on ${address}.`, { cause: error });
  const owner = listenerOf(Number(port));
  throw new Error(
    `Port ${address}, which ${neededBy} needs, is taken${owner ? ` by ${owner.name} (process ${owner.pid})` : ''}.`,
  );
}

/** The process that listens on a TCP port in our network namespace, as far as /proc may be read. */
export function listenerOf(port: number): { pid: number; name: string } | undefined {
  const sockets = new Set(['/proc/net/tcp', '/proc/net/tcp6'].flatMap((file) => listeningInodes(file, port)));
  if (sockets.size === 0) return undefined;
  for (const pid of readdirSync('/proc').filter((entry) => /^\d+$/.test(entry))) {
    if (openFiles(pid).some((link) => sockets.has(link))) return { pid: Number(pid), name: commandOf(pid) };
  }
  return undefined;
}

function tryListen(host: string, port: number): Promise<NodeJS.ErrnoException | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', resolve);
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(undefined)));
  });
}

function listeningInodes(file: string, port: number): string[] {
  const wanted = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  const LISTEN = '0A';
  return lines(file)
    .map((line) => line.trim().split(/\s+/))
    .filter((fields) => fields[1]?.endsWith(wanted) && fields[3] === LISTEN)
    .map((fields) => `socket:[${fields[9]}]`);
}

function lines(file: string): string[] {
  try {
    return readFileSync(file, 'utf8').split('\n');
  } catch {
    return [];
  }
}

function openFiles(pid: string): string[] {
  try {
    return readdirSync(`/proc/${pid}/fd`).map((fd) => readLink(`/proc/${pid}/fd/${fd}`));
  } catch {
    return [];
  }
}

function readLink(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}

function commandOf(pid: string): string {
  return lines(`/proc/${pid}/comm`)[0]?.trim() || 'an unknown process';
}
