import { createRemoteJWKSet, errors, jwtVerify } from 'jose';
import { z } from 'zod';
import { formatPath } from '../../config/problem.ts';
import { checkSchema } from '../../config/schema-faults.ts';
import type { CiRun, WorkflowFile } from '../../domain/ci-run.ts';
import { RequestRefusal } from './refusal.ts';

/** Tells the run that an `Authorization` header's token speaks for. @throws {RequestRefusal} 401, or 503. */
export type VerifyToken = (authorization: string | undefined) => Promise<CiRun>;

/**
 * Verifies OIDC tokens of GitHub Actions: signature by the issuer's published keys (kept for ten minutes, and asked for
 * again when a token names a new one), issuer, audience, and that it is valid now.
 */
export function createVerifyToken({
  issuer,
  audience,
}: {
  readonly issuer: string;
  readonly audience: string;
}): VerifyToken {
  const keys = createRemoteJWKSet(new URL(`${issuer}/.well-known/jwks`), { timeoutDuration: 5_000 });
  return async (authorization) => {
    const token = /^Bearer ([\w.-]+)$/i.exec(authorization ?? '')?.[1];
    if (token === undefined) throw unauthorized('wanted an OIDC token: Authorization: Bearer <token>');
    try {
      const { payload } = await jwtVerify(token, keys, {
        issuer,
        audience,
        algorithms: ['RS256'],
        requiredClaims: ['exp', 'nbf', 'iat'],
        clockTolerance: 30,
      });
      return readClaims(payload);
    } catch (cause) {
      if (cause instanceof RequestRefusal) throw cause;
      if (cause instanceof errors.JOSEError && faultsOfTokens.test(cause.code))
        throw unauthorized(`the token is not accepted: ${cause.message}`, { cause });
      throw new RequestRefusal(
        { status: 503, code: 'issuer-away', headers: { 'retry-after': '5' } },
        `the keys of ${issuer} cannot be read`,
        { cause },
      );
    }
  };
}

/** Codes that say something of the token, and not of the way to its issuer. */
const faultsOfTokens =
  /^ERR_(?:JWT_|JWS_|JOSE_ALG_NOT_ALLOWED|JOSE_NOT_SUPPORTED|JWKS_NO_MATCHING_KEY|JWKS_MULTIPLE_MATCHING_KEYS)/;

const workflowRefs = /^(?<repository>[^/\s]+\/[^/\s]+)\/(?<path>\.github\/workflows\/[^\s@]+)@(?<ref>\S+)$/;

const workflowRef = z
  .string()
  .regex(workflowRefs, 'expected owner/name/.github/workflows/file@ref')
  .transform((text): WorkflowFile => {
    const { repository = '', path = '', ref = '' } = workflowRefs.exec(text)?.groups ?? {};
    return { repository, path, ref };
  });

const claims = z
  .object({
    repository: z.string(),
    repository_id: z.string().regex(/^\d{1,15}$/),
    event_name: z.string(),
    ref: z.string(),
    sha: z.string(),
    actor: z.string(),
    workflow_ref: workflowRef,
    job_workflow_ref: workflowRef.optional(),
  })
  .transform((claims): CiRun => ({
    repository: claims.repository,
    repositoryId: Number(claims.repository_id),
    event: claims.event_name,
    ref: claims.ref,
    sha: claims.sha,
    actor: claims.actor,
    workflows: [
      claims.workflow_ref,
      ...(claims.job_workflow_ref === undefined ? [] : [claims.job_workflow_ref]),
    ],
  }));

function readClaims(payload: unknown): CiRun {
  const checked = checkSchema(claims, payload);
  if (checked.ok) return checked.value;
  const faults = checked.faults.map(({ path, message }) => `${formatPath(path)}: ${message}`);
  throw unauthorized(`the token is none of a run of GitHub Actions: ${faults.join(' ')}`);
}

function unauthorized(message: string, options?: ErrorOptions): RequestRefusal {
  return new RequestRefusal(
    { status: 401, code: 'token', headers: { 'www-authenticate': 'Bearer' } },
    message,
    options,
  );
}
