import { lookup } from 'node:dns/promises';
import { readFile } from 'node:fs/promises';
import { readCertificate } from '../../../activities/probe/certificate.ts';
import type { Finding } from '../../../domain/diagnosis.ts';
import { bad, good, judgeCertificate, unknown, warning } from '../../../domain/diagnosis.ts';
import type { PlatformConfig } from '../../../domain/config.ts';
import { sampleUrl } from './samples.ts';
import { withPlatform } from './patient.ts';
import { unseen } from './place.ts';

/** Names of previews lead to the ingress controller, and it shows a certificate for them. */
export const examineAddresses = withPlatform(async ({ platform, env }, signal) => {
  const url = sampleUrl(platform);
  return [await resolution(url, platform), await certificate(url, { probe: platform.probe, env }, signal)];
});

async function resolution({ hostname }: URL, { domain, probe }: PlatformConfig): Promise<Finding> {
  try {
    const found = await lookup(hostname, { all: true });
    return good(`${hostname} leads to ${found.map(({ address }) => address).join(', ')}`);
  } catch (error) {
    const { code = String(error) } = error as NodeJS.ErrnoException;
    const text = `${hostname} does not lead anywhere: ${code}`;
    const advice = `Add a DNS record *.${domain} for the ingress controller's address`;
    // the worker dials another address; only people need the name, and may have it where this runs not
    return probe.connect === null ? bad(text, advice) : warning(text, advice);
  }
}

async function certificate(
  url: URL,
  { probe, env }: Pick<PlatformConfig, 'probe'> & { readonly env: NodeJS.ProcessEnv },
  signal: AbortSignal,
): Promise<Finding> {
  const ca = probe.ca === null ? null : await readAuthority(probe.ca);
  if (ca instanceof Error)
    return unseen(
      env,
      `the certificate is not looked at, as \`probe.ca\` cannot be read: ${ca.message}`,
      "Mount the authority's certificate into the worker's pod at that path",
    );
  const served = await readCertificate(url, { connect: probe.connect, ca }, signal).catch(
    (error: unknown) => {
      signal.throwIfAborted();
      return error instanceof Error ? error.message : String(error);
    },
  );
  if (served === null) return unknown(`${url.host} was served no certificate`);
  if (typeof served !== 'string') return judgeCertificate({ host: url.hostname, ...served }, Date.now());
  const dialled = probe.connect ?? url.host;
  return unseen(
    env,
    `no TLS connection to ${dialled} for ${url.hostname}: ${served}`,
    "See that the ingress controller listens there; set `probe.connect` where its public address is not reachable from the worker's pod",
  );
}

async function readAuthority(file: string): Promise<string | Error> {
  return await readFile(file, 'utf8').catch((error: Error) => error);
}
