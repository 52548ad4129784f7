import * as core from '@actions/core';
import { ClientError } from '../exit-codes.ts';

/** So long before its end a token is used no more, in milliseconds. */
const spareMs = 60_000;

/**
 * Hands out OIDC tokens of this workflow run. GitHub's tokens live for minutes and a preview may be waited for longer,
 * so that a new one is asked for when the last one is about to end.
 *
 * @param audience whom the tokens are for.
 */
export function createTokens(audience: string): () => Promise<string> {
  let last: { readonly token: string; readonly until: number } | null = null;
  return async () => {
    if (last === null || Date.now() > last.until - spareMs) {
      const token = await askForToken(audience);
      last = { token, until: endOf(token) };
    }
    return last.token;
  };
}

/** @throws {ClientError} `usage` where the run may not have one, `temporalAway` where GitHub does not give one. */
async function askForToken(audience: string): Promise<string> {
  const { ACTIONS_ID_TOKEN_REQUEST_URL: url, ACTIONS_ID_TOKEN_REQUEST_TOKEN: request } = process.env;
  if (!url || !request) {
    throw new ClientError(
      'usage',
      'The gateway wants an OIDC token, and this job may not have one: give it "permissions: id-token: write". ' +
        'A run of pull_request for a fork never gets one; pull_request_target does',
    );
  }
  core.setSecret(request);
  try {
    // masks the token in the log
    return await core.getIDToken(audience);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message.replaceAll(/\s+/g, ' ') : String(cause);
    throw new ClientError(
      'temporalAway',
      `GitHub gives no OIDC token for the audience ${audience}: ${reason}`,
      {
        cause,
      },
    );
  }
}

/** Epoch milliseconds; of a token that does not say, soon. Whether it is genuine is the gateway's question. */
function endOf(token: string): number {
  try {
    const claims: unknown = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());
    const { exp } = claims as { readonly exp?: unknown };
    if (typeof exp === 'number') return exp * 1_000;
  } catch {
    // said below
  }
  return Date.now() + spareMs;
}
