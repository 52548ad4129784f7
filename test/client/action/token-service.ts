import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What a runner offers a job that has `id-token: write`: tokens of this run for any audience. */
export interface TokenService {
  /** As the runner sets it for the job. */
  readonly env: Readonly<Record<string, string>>;
  /** Audiences that were asked for, and the tokens that were given. */
  readonly given: readonly { readonly audience: string; readonly token: string }[];
  close(): Promise<void>;
}

const requestToken = 'a-request-token-that-nobody-may-see';

/**
 * Starts it, on 127.0.0.1.
 *
 * @param sign makes the token for an audience; default one that nobody can check.
 */
export async function startTokenService(
  sign: (audience: string, count: number) => Promise<string> | string = unsigned(600),
): Promise<TokenService> {
  const given: { audience: string; token: string }[] = [];
  const answer = async (url: URL, authorization: string | undefined): Promise<[number, object]> => {
    if (authorization !== `Bearer ${requestToken}`) return [401, { message: 'who are you?' }];
    const audience = url.searchParams.get('audience') ?? '';
    const token = await sign(audience, given.length + 1);
    given.push({ audience, token });
    return [200, { count: token.length, value: token }];
  };
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '', 'http://127.0.0.1');
    void answer(url, request.headers.authorization).then(([status, body]) => {
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    });
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  return {
    env: {
      ACTIONS_ID_TOKEN_REQUEST_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}/token?api-version=2.0`,
      ACTIONS_ID_TOKEN_REQUEST_TOKEN: requestToken,
    },
    given,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Tokens in their form, that live so many seconds. */
export function unsigned(seconds: number): (audience: string, count: number) => string {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  return (audience, count) =>
    [
      part({ alg: 'none' }),
      part({ aud: audience, exp: Math.floor(Date.now() / 1_000) + seconds }),
      `s${count}`,
    ].join('.');
}
