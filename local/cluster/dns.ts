import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ask } from '../http.ts';
import type { PartContext } from '../part.ts';
import { renderTemplate } from '../template.ts';
import { kubeconfigOf } from './identities.ts';

/** CoreDNS on the host's end of the network; the cluster's `kube-dns` Service points to it. */
export async function startDns(context: PartContext): Promise<void> {
  const { hostIp, dnsPort, ports } = context.addresses;
  const config = join(context.folder, 'Corefile');
  const values = {
    hostIp,
    dnsPort,
    readyPort: ports.dnsReady,
    kubeconfig: kubeconfigOf(context.folder, 'coredns'),
  };
  await writeFile(config, await renderTemplate(join(import.meta.dirname, 'templates/Corefile'), values));
  await context.run({
    name: 'coredns',
    command: await context.tool('coredns'),
    args: ['-conf', config],
    listens: [`${hostIp}:${dnsPort}`, `${hostIp}:${ports.dnsReady}`],
  });
}

/** Waits until CoreDNS has read the cluster's names. */
export async function waitForDns(context: PartContext): Promise<void> {
  const { hostIp, ports } = context.addresses;
  await context.wait(async () => (await ask(`http://${hostIp}:${ports.dnsReady}/ready`)).status === 200, {
    what: 'CoreDNS getting ready',
  });
}
