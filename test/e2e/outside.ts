import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { randomInt } from 'node:crypto';
import { execa } from 'execa';
import { stackAddresses } from '../../local/addresses.ts';
import { waitFor } from '../../local/wait.ts';

/** A network beyond the cluster, in which one program answers under several addresses. */
export interface Outside {
  /** Addresses that stand for themselves, or for one of their kind. */
  readonly addresses: typeof addresses;
  end(): Promise<void>;
}

/** Host parts are a run's own, so that two may go on at once; only the metadata service has one address everywhere. */
const host = randomInt(2, 250);
const link = randomInt(1, 60) * 4;

const addresses = {
  /** Somewhere in the internet. */
  internet: `203.0.113.${host}`,
  /** A public address, too, which an operator may call internal. */
  company: `198.51.100.${link + 2}`,
  metadata: '169.254.169.254',
  /** One of each range that is private or shared. */
  privates: [`10.77.0.${host}`, `172.31.77.${host}`, `192.168.77.${host}`, `100.64.77.${host}`],
} as const;

/**
 * Makes the network: a namespace of its own behind the cluster's node, which routes to it as a router would.
 *
 * @param program the probe, which answers there.
 */
export async function startOutside(program: string, ports: readonly number[]): Promise<Outside> {
  const server = spawn('unshare', ['--net', program, 'serve', ...ports.map(String)], { stdio: 'inherit' });
  const ended = once(server, 'exit');
  const pid = String(server.pid);
  const node = stackAddresses().name;
  const device = `outside${host}`;
  const reached = [addresses.internet, addresses.metadata, ...addresses.privates];
  try {
    // until then it still shares the network of this process
    await waitFor(async () => (await namespaceOf(pid)) !== (await namespaceOf('self')), {
      what: 'A network of its own',
    });
    await ip(node, [
      `link add ${device} type veth peer name eth0 netns ${pid}`,
      `addr add 198.51.100.${link + 1}/30 dev ${device}`,
      `link set ${device} up`,
    ]);
    await ip(pid, [
      'link set lo up',
      `addr add ${addresses.company}/30 dev eth0`,
      'link set eth0 up',
      ...reached.map((address) => `addr add ${address}/32 dev lo`),
      // what it answers by UDP comes from the address that was asked, if that is the internet's
      `route add default via 198.51.100.${link + 1} src ${addresses.internet}`,
    ]);
    await ip(
      node,
      reached.map((address) => `route replace ${address}/32 via ${addresses.company}`),
    );
  } catch (error) {
    server.kill('SIGKILL');
    throw error;
  }
  return {
    addresses,
    end: async () => {
      // its network goes with it, and with that the node's interface and routes
      server.kill('SIGTERM');
      await ended;
    },
  };
}

async function namespaceOf(pid: string): Promise<string> {
  return (await execa('readlink', [`/proc/${pid}/ns/net`])).stdout;
}

/** Runs commands of `ip` in a network namespace, given by its name or by a process in it. */
async function ip(namespace: string, commands: readonly string[]): Promise<void> {
  const input = `${commands.join('\n')}\n`;
  if (/^\d+$/.test(namespace))
    await execa('nsenter', [`--net=/proc/${namespace}/ns/net`, 'ip', '-batch', '-'], { input });
  else await execa('ip', ['-netns', namespace, '-batch', '-'], { input });
}
