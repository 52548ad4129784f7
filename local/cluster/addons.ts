import { join } from 'node:path';
import type { PartContext } from '../part.ts';
import { renderTemplate } from '../template.ts';
import { kubeconfigOf } from './identities.ts';
import { applyManifests, kubectlFor } from './kubectl.ts';

/** Rights of DNS, ingress controller and NetworkPolicy daemon, the default IngressClass, and the DNS Service. */
export async function applyAddons(context: PartContext): Promise<void> {
  const { dnsServiceIp, hostIp, dnsPort } = context.addresses;
  const file = join(import.meta.dirname, 'templates/addons.yaml');
  const manifests = await renderTemplate(file, { dnsServiceIp, hostIp, dnsPort });
  await applyManifests(
    kubectlFor(await context.tool('kubectl'), kubeconfigOf(context.folder, 'admin')),
    manifests,
  );
}
