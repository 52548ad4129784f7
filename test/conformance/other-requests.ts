import { at } from './stage.ts';
import type { Stage } from './stage.ts';

/**
 * What the stand-in answers and our code does not ask: people and their tools do, or tests. By the stand-in's own words
 * for the endpoint; whoever adds one that our code does not ask adds it here.
 */
export const otherRequests: Readonly<Record<string, (stage: Stage) => Promise<unknown>>> = {
  'GET /repos/:owner/:repo/contents/:path*': async ({ direct }) => {
    for (const path of ['', 'helm', 'preview.yaml', 'helm/Chart.yaml'])
      await direct.rest.repos.getContent({ ...at, path });
  },

  'GET /repos/:owner/:repo/git/trees/:sha+': ({ direct, sha }) =>
    direct.rest.git.getTree({ ...at, tree_sha: sha, recursive: '1' }),

  'GET /repos/:owner/:repo/deployments/:id': async ({ direct }) =>
    direct.rest.repos.getDeployment({ ...at, deployment_id: await aDeployment(direct) }),

  'GET /repos/:owner/:repo/deployments/:id/statuses/:status': async ({ direct }) => {
    const which = { ...at, deployment_id: await aDeployment(direct) };
    const { data } = await direct.rest.repos.listDeploymentStatuses(which);
    await direct.rest.repos.getDeploymentStatus({ ...which, status_id: data[0]?.id ?? 0 });
  },
};

async function aDeployment(direct: Stage['direct']): Promise<number> {
  const { data } = await direct.rest.repos.listDeployments({ ...at });
  return data[0]?.id ?? 0;
}

/** Requests that GitHub refuses, for the shape of its refusals. */
export async function askAmiss({ direct, as, ref, github }: Stage): Promise<void> {
  const { rest } = direct;
  const here = { ...at, issue_number: ref.number };
  const stranger = await github.control.createToken({ login: 'stranger' });
  const refused: (() => Promise<unknown>)[] = [
    () => rest.pulls.get({ ...at, pull_number: 4711 }),
    () => rest.repos.get({ owner: 'example', repo: 'nowhere' }),
    () => rest.repos.getBranch({ ...at, branch: 'nowhere' }),
    () => rest.repos.getCommit({ ...at, ref: 'nowhere' }),
    () => rest.repos.getContent({ ...at, path: 'nowhere' }),
    () => rest.issues.createComment({ ...here, body: '' }),
    () => rest.issues.createComment({ ...here, body: 'x'.repeat(65_537) }),
    () => rest.issues.deleteComment({ ...at, comment_id: 4711 }),
    () => rest.repos.createDeployment({ ...at, ref: 'nowhere' }),
    () => rest.repos.createDeploymentStatus({ ...at, deployment_id: 4711, state: 'success' }),
    () => rest.users.getByUsername({ username: 'nobody' }),
    () => rest.repos.getCollaboratorPermissionLevel({ ...at, username: 'nobody' }),
    () => rest.apps.getAuthenticated(),
    () => as('wrong').rest.users.getAuthenticated(),
    () => as(stranger).rest.repos.createDeployment({ ...at, ref: 'main' }),
  ];
  for (const request of refused) await request().catch(() => undefined);
}
