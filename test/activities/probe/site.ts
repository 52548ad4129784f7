import { mkdtemp, readFile, rm } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:https';
import type { TLSSocket } from 'node:tls';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';

export interface Seen {
  readonly sni: string | false;
  readonly host: string | undefined;
  readonly path: string | undefined;
}

/** A site over HTTPS on loopback, with a certificate for `*.preview.test` of a CA of its own. Needs `openssl` on PATH. */
export interface Site {
  /** `127.0.0.1:<port>`. */
  readonly address: string;
  readonly port: number;
  readonly caFile: string;
  /** Every request so far. */
  readonly seen: Seen[];
  /** Answers what `respond` says; replaced by each test. */
  respond: (request: IncomingMessage, response: ServerResponse) => void;
  stop(): Promise<void>;
  start(): Promise<void>;
  close(): Promise<void>;
}

export async function createSite(): Promise<Site> {
  const folder = await mkdtemp(join(tmpdir(), 'pr-preview-site-'));
  await createCertificates(folder);
  const seen: Seen[] = [];
  const server = createServer(
    { key: await readFile(join(folder, 'site.key')), cert: await readFile(join(folder, 'site.crt')) },
    (request, response) => {
      const { servername } = request.socket as TLSSocket & { servername: string | false };
      seen.push({ sni: servername, host: request.headers.host, path: request.url });
      site.respond(request, response);
    },
  );
  let port = 0;
  const start = async (): Promise<void> => {
    await new Promise<void>((resolve) => void server.listen(port, '127.0.0.1', resolve));
    port = (server.address() as AddressInfo).port;
  };
  const stop = async (): Promise<void> => {
    await new Promise((resolve) => {
      server.close(resolve);
      server.closeAllConnections();
    });
  };
  await start();
  const site: Site = {
    address: `127.0.0.1:${port}`,
    port,
    caFile: join(folder, 'ca.crt'),
    seen,
    respond: (_, response) => void response.end('hello'),
    start,
    stop,
    close: async () => {
      if (server.listening) await stop();
      await rm(folder, { recursive: true });
    },
  };
  return site;
}

async function createCertificates(folder: string): Promise<void> {
  const openssl = async (...args: string[]): Promise<void> =>
    void (await execa('openssl', args, { cwd: folder }));
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'];
  await openssl('req', '-x509', ...newKey, '-keyout', 'ca.key', '-out', 'ca.crt', '-subj', '/CN=Test CA');
  const name = ['-subj', '/CN=site', '-addext', 'subjectAltName=DNS:*.preview.test'];
  const signed = ['-CA', 'ca.crt', '-CAkey', 'ca.key', '-addext', 'basicConstraints=CA:FALSE'];
  await openssl('req', '-x509', ...newKey, '-keyout', 'site.key', '-out', 'site.crt', ...name, ...signed);
}
