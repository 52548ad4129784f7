import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { CryptoKey } from 'jose';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';

/** A stand-in for GitHub's OIDC issuer: keys of its own, published as GitHub publishes them. */
export interface Issuer {
  readonly url: string;
  /** A token of these claims, valid for five minutes unless they say otherwise. */
  readonly token: (claims: object, by?: CryptoKey) => Promise<string>;
  readonly publicKey: CryptoKey;
  /** How often its keys were asked for. */
  readonly asked: () => number;
  readonly close: () => Promise<void>;
}

export async function startIssuer(): Promise<Issuer> {
  const { publicKey, privateKey } = await generateKeyPair('RS256', { extractable: true });
  const jwks = { keys: [{ ...(await exportJWK(publicKey)), kid: 'one', alg: 'RS256', use: 'sig' }] };
  let asked = 0;
  const server = createServer((request, response) => {
    if (request.url !== '/.well-known/jwks') return void response.writeHead(404).end();
    asked += 1;
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(jwks));
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url,
    publicKey,
    asked: () => asked,
    token: async (claims, by = privateKey) => {
      const now = Math.floor(Date.now() / 1_000);
      const times = { iat: now, nbf: now - 10, exp: now + 300 };
      return await new SignJWT({ iss: url, ...times, ...claims })
        .setProtectedHeader({ alg: 'RS256', kid: 'one', typ: 'JWT' })
        .sign(by);
    },
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
