import type { EventsBody } from '../../../client/events/wire.ts';
import type { Answered, GatewayScene, GatewayScenes } from './gateways.ts';
import { answered, audience } from './gateways.ts';

/** Claims of a run of a workflow file at a ref, as GitHub writes them. */
export function claimsOf(
  own: GatewayScene,
  { event, ref = 'refs/heads/main' }: { readonly event: string; readonly ref?: string },
  changes: object = {},
): object {
  const workflow = `${own.repository}/.github/workflows/preview.yaml@${ref}`;
  return {
    aud: audience,
    jti: 'one',
    sub: `repo:${own.repository}:ref:${ref}`,
    repository: own.repository,
    repository_id: String(own.source.repositoryId),
    repository_owner: own.ref.owner,
    repository_visibility: 'private',
    event_name: event,
    ref,
    ref_type: 'branch',
    sha: own.source.sha,
    actor: 'alice',
    workflow: 'Preview',
    workflow_ref: workflow,
    job_workflow_ref: workflow,
    run_id: '1',
    runner_environment: 'github-hosted',
    ...changes,
  };
}

/** A run that talks to its scene's gateway. */
export interface Run {
  readonly send: (body: EventsBody | object) => Promise<Answered>;
  readonly ask: (path?: string) => Promise<Answered>;
}

export function runWith(own: GatewayScene, token: string | undefined): Run {
  const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
  return {
    send: async (body) =>
      await answered(
        await fetch(`${own.url}/v1/events`, {
          method: 'POST',
          headers: { ...headers, 'content-type': 'application/json' },
          body: JSON.stringify(body),
        }),
      ),
    ask: async (path = `${own.repository}/${own.ref.number}`) =>
      await answered(await fetch(`${own.url}/v1/previews/${path}`, { headers })),
  };
}

/** A run of an event, with a good token but for the changes. */
export async function run(
  { issuer }: Pick<GatewayScenes, 'issuer'>,
  own: GatewayScene,
  about: { readonly event: string; readonly ref?: string; readonly changes?: object },
): Promise<Run> {
  return runWith(own, await issuer().token(claimsOf(own, about, about.changes)));
}
