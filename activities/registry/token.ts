import type { Send } from './request.ts';

export interface TokenRequest {
  readonly realm: string;
  readonly service: string | undefined;
  /** The repository's path; null asks for no rights, only whether the login is right. */
  readonly path: string | null;
  /** `Basic …`; null asks as nobody. */
  readonly basic: string | null;
  readonly rights: Rights;
}

/** What a token is for, as registries call it. */
export type Rights = 'pull' | 'pull,delete';

/** Asks a registry's token server for rights in one repository, or in none; null when it refuses. */
export async function fetchToken(
  send: Send,
  { realm, service, path, basic, rights }: TokenRequest,
  signal: AbortSignal,
): Promise<string | null> {
  const url = new URL(realm);
  if (service !== undefined) url.searchParams.set('service', service);
  if (path !== null) url.searchParams.set('scope', `repository:${path}:${rights}`);
  const headers: Record<string, string> = basic === null ? {} : { authorization: basic };
  const answer = await send({ url: url.toString(), method: 'GET', headers }, signal);
  if (answer.status !== 200) return null;
  return tokenIn(answer.body.toString('utf8'));
}

function tokenIn(body: string): string | null {
  try {
    const { token, access_token: accessToken } = JSON.parse(body) as Record<string, unknown>;
    const found = token ?? accessToken;
    return typeof found === 'string' && found !== '' ? found : null;
  } catch {
    return null;
  }
}
