import { verify } from 'node:crypto';
import { z } from 'zod';
import type { App } from '../state.ts';
import type { World } from '../world.ts';
import { GitHubError } from './errors.ts';

/**
 * The App that signed a JWT, by the rules of GitHub: RS256 with the App's key, its id or client id as issuer, issued in
 * the past, and good for at most ten minutes. Throws 401 in GitHub's words.
 */
export function appOfJwt(world: World, jwt: string): App {
  const [head = '', body = '', signature = ''] = jwt.split('.');
  const header = headerPart.safeParse(decoded(head));
  const claims = claimsPart.safeParse(decoded(body));
  if (!header.success || !claims.success) throw undecodable();
  const { iss, iat, exp } = claims.data;
  const app = world.state.apps.find(({ id, clientId }) => String(id) === String(iss) || clientId === iss);
  if (app === undefined) throw new GitHubError(401, 'Integration not found');
  const signed = Buffer.from(`${head}.${body}`);
  if (!verify('RSA-SHA256', signed, app.publicKey, Buffer.from(signature, 'base64url'))) throw undecodable();
  const now = Date.now() / 1000;
  if (iat > now) {
    throw new GitHubError(
      401,
      "'Issued at' claim ('iat') must be an Integer representing the time that the assertion was issued.",
    );
  }
  if (exp > now + 600) {
    throw new GitHubError(401, "'Expiration time' claim ('exp') is too far in the future");
  }
  if (exp <= now) {
    throw new GitHubError(
      401,
      "'Expiration time' claim ('exp') must be a numeric value representing the future time at which the assertion expires.",
    );
  }
  return app;
}

export function undecodable(): GitHubError {
  return new GitHubError(401, 'A JSON web token could not be decoded');
}

const headerPart = z.object({ alg: z.literal('RS256') });
const claimsPart = z.object({ iss: z.union([z.string(), z.int()]), iat: z.int(), exp: z.int() });

function decoded(part: string): unknown {
  try {
    return JSON.parse(Buffer.from(part, 'base64url').toString('utf8'));
  } catch {
    return undefined;
  }
}
