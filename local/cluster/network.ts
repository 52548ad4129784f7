import { existsSync } from 'node:fs';
import { mkdir, readFile, rmdir, unlink, writeFile } from 'node:fs/promises';
import { execa } from 'execa';
import type { Addresses } from '../addresses.ts';

const NAMESPACES = '/run/netns';

/** File that holds the stack's network namespace; `ip netns` lists it by the stack's name. */
export function namespaceFile(addresses: Addresses): string {
  return `${NAMESPACES}/${addresses.name}`;
}

/**
 * The stack's network: a network namespace for the node, joined to the host by one veth pair, and the host's
 * routes to pods and services. It outlives the node's processes, so that what listens on the host's end keeps
 * its address. Safe to run again. The host gets no firewall rule.
 *
 * @returns false if it was there.
 * @throws if one of the subnets is in use on this machine.
 */
export async function ensureNetwork(addresses: Addresses): Promise<boolean> {
  if (await isUp(addresses)) return false;
  await removeNetwork(addresses);
  await requireFreeSubnets(addresses);
  await mkdir(NAMESPACES, { recursive: true });
  const file = namespaceFile(addresses);
  // `ip netns add` would also make /run/netns a mount of its own and leave it behind.
  await writeFile(file, '', { flag: 'wx' });
  await execa('unshare', [`--net=${file}`, 'true']);
  await script(`
    link add ${addresses.hostInterface} type veth peer name eth0 netns ${addresses.name}
    addr add ${addresses.hostIp}/24 dev ${addresses.hostInterface}
    link set ${addresses.hostInterface} up`);
  await script(
    `
    link set lo up
    addr add ${addresses.nodeIp}/24 dev eth0
    link set eth0 up
    route add default via ${addresses.hostIp}`,
    addresses.name,
  );
  await execa('nsenter', [`--net=${file}`, 'sh', '-c', 'echo 1 > /proc/sys/net/ipv4/ip_forward']);
  await script(`
    route add ${addresses.podCidr} via ${addresses.nodeIp}
    route add ${addresses.serviceCidr} via ${addresses.nodeIp}`);
  return true;
}

/** Takes the network away, whatever is left of it. Nothing there is success. */
export async function removeNetwork(addresses: Addresses): Promise<void> {
  const file = namespaceFile(addresses);
  await execa('ip', ['link', 'delete', addresses.hostInterface], { reject: false });
  if (!existsSync(file)) return;
  while (await isMounted(file)) await execa('umount', ['--lazy', file]);
  await unlink(file);
  await rmdir(NAMESPACES).catch(() => {});
}

async function isUp(addresses: Addresses): Promise<boolean> {
  if (!(await isMounted(namespaceFile(addresses)))) return false;
  const routes = await execa('ip', ['route', 'show', 'dev', addresses.hostInterface], { reject: false });
  return routes.stdout.includes(addresses.serviceCidr) && routes.stdout.includes(addresses.podCidr);
}

async function requireFreeSubnets(addresses: Addresses): Promise<void> {
  const { stdout } = await execa('ip', ['-o', '-4', 'route', 'show']);
  const routes = stdout.split('\n').filter((line) => /^\d/.test(line));
  for (const subnet of [`${addresses.hostIp}/24`, addresses.podCidr, addresses.serviceCidr]) {
    const taken = routes.find((route) => subnetsOverlap(subnet, route.split(' ')[0] ?? ''));
    if (taken)
      throw new Error(
        `The subnet ${subnet}, which the local cluster needs, is in use on this machine: ${taken.trim()}`,
      );
  }
}

/** True if two IPv4 subnets (`10.0.0.0/8`, or an address for itself alone) have an address in common. */
export function subnetsOverlap(one: string, other: string): boolean {
  const [first, second] = [parseSubnet(one), parseSubnet(other)];
  const shared = 2 ** (32 - Math.min(first.bits, second.bits));
  return Math.floor(first.start / shared) === Math.floor(second.start / shared);
}

function parseSubnet(subnet: string): { start: number; bits: number } {
  const [address = '', bits = '32'] = subnet.split('/');
  const start = address.split('.').reduce((sum, byte) => sum * 256 + Number(byte), 0);
  return { start, bits: Number(bits) };
}

async function isMounted(file: string): Promise<boolean> {
  const mounts = await readFile('/proc/self/mountinfo', 'utf8');
  return mounts.split('\n').some((line) => line.split(' ')[4] === file);
}

async function script(commands: string, namespace?: string): Promise<void> {
  const within = namespace === undefined ? [] : ['-netns', namespace];
  await execa('ip', [...within, '-batch', '-'], { input: `${commands.trim().replaceAll(/^\s+/gm, '')}\n` });
}
