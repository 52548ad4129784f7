import { existsSync, readFileSync, readdirSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { stackAddresses } from '../../local/addresses.ts';
import { stackFolder } from '../../local/folders.ts';
import { markedProcesses } from '../../local/process.ts';

/** Everything on this machine that can tell that a stack was here, beside its own folder. */
export async function tracesOf(instance: number): Promise<string[]> {
  const { hostInterface, hostIp, name, serviceCidr } = stackAddresses(instance);
  const links = (await execa('ip', ['-o', 'link'])).stdout;
  const routes = (await execa('ip', ['route'])).stdout;
  const mounts = readFileSync('/proc/self/mountinfo', 'utf8').split('\n');
  return [
    ...markedProcesses(stackFolder(instance)).map(({ pid }) => `process ${pid}: ${commandLine(pid)}`),
    ...(links.includes(`${hostInterface}@`) || links.includes(`${hostInterface}:`)
      ? [`interface ${hostInterface}`]
      : []),
    ...routes.split('\n').filter((route) => route.includes(hostIp) || route.startsWith(serviceCidr)),
    ...(existsSync(`/run/netns/${name}`) ? [`network namespace ${name}`] : []),
    ...cgroupsNamed(name),
    ...mounts.filter(
      (mount) => mount.includes(stackFolder(instance)) || mount.includes(`/run/netns/${name} `),
    ),
  ];
}

/** What a stack must leave as it found it. */
export async function hostSettings(): Promise<Record<string, string>> {
  const settings = [
    'vm/overcommit_memory',
    'vm/panic_on_oom',
    'kernel/panic',
    'kernel/panic_on_oops',
    'net/ipv4/ip_forward',
  ];
  const values = settings.map((setting) => [setting, readFileSync(`/proc/sys/${setting}`, 'utf8').trim()]);
  const firewall = (await execa('nft', ['list', 'ruleset'], { reject: false })).stdout;
  return { ...(Object.fromEntries(values) as Record<string, string>), firewall };
}

/** Addresses on which processes of a stack on the host listen, TCP and UDP. */
export function listeningAddresses(instance: number): string[] {
  const sockets = new Map(['tcp', 'tcp6', 'udp', 'udp6'].flatMap(socketsOf));
  const pids = markedProcesses(stackFolder(instance)).filter(({ pid }) => inOurNetwork(pid));
  return pids.flatMap(({ pid }) =>
    descriptorsOf(pid)
      .map((link) => sockets.get(link))
      .filter((address) => address !== undefined)
      .map((address) => `${address} (${commandLine(pid).split(' ')[0]})`),
  );
}

/** Arguments of a process, as everyone on the machine can read them. */
export function commandLine(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
  } catch {
    return '';
  }
}

function cgroupsNamed(name: string): string[] {
  const hierarchies = readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .filter((line) => / - cgroup2? /.test(line))
    .map((line) => line.split(' ')[4] ?? '');
  return hierarchies.map((hierarchy) => join(hierarchy, name)).filter((path) => existsSync(path));
}

function socketsOf(protocol: string): [string, string][] {
  const LISTENING = protocol.startsWith('tcp') ? '0A' : '07';
  return readFileSync(`/proc/net/${protocol}`, 'utf8')
    .trim()
    .split('\n')
    .slice(1)
    .map((line) => line.trim().split(/\s+/))
    .filter((fields) => fields[3] === LISTENING)
    .map((fields) => [`socket:[${fields[9]}]`, `${protocol} ${readableAddress(fields[1] ?? '')}`]);
}

/** `0100007F:1F90`, bytes in the machine's order, as `127.0.0.1`; IPv6 as it is, unless it stands for IPv4. */
function readableAddress(hex: string): string {
  const [address = ''] = hex.split(':');
  if (address.length === 32 && !address.startsWith('0000000000000000FFFF0000')) return address;
  return (address.slice(-8).match(/../g) ?? [])
    .toReversed()
    .map((byte) => Number.parseInt(byte, 16))
    .join('.');
}

function inOurNetwork(pid: number): boolean {
  try {
    return readlinkSync(`/proc/${pid}/ns/net`) === readlinkSync('/proc/self/ns/net');
  } catch {
    return false;
  }
}

function descriptorsOf(pid: number): string[] {
  try {
    return readdirSync(`/proc/${pid}/fd`).map((fd) => {
      try {
        return readlinkSync(`/proc/${pid}/fd/${fd}`);
      } catch {
        return '';
      }
    });
  } catch {
    return [];
  }
}
