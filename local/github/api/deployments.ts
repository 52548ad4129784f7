import { z } from 'zod';
import { parseBody } from '../http/body.ts';
import { GitHubError, notFound, validationFailed } from '../http/errors.ts';
import { page } from '../http/pages.ts';
import type { Call, Routes } from '../http/router.ts';
import { deploymentShape } from '../shapes/deployment.ts';
import type { Deployment, Repository } from '../state.ts';
import { caller, demand, repositoryOf, timestamp } from '../world.ts';
import type { World } from '../world.ts';
import { deploymentStatusRoutes } from './deployment-statuses.ts';

/** Deployments: what GitHub says is running where. Newest first in lists. */
export function deploymentRoutes(world: World): Routes {
  return {
    'GET /repos/:owner/:repo/deployments': (call) => {
      const repository = repositoryOf(world, call);
      const query = call.url.searchParams;
      const found = world.state.deployments.filter(
        (one) =>
          one.repositoryId === repository.id &&
          (['sha', 'ref', 'task', 'environment'] as const).every(
            (field) => !query.has(field) || query.get(field) === 'none' || query.get(field) === one[field],
          ),
      );
      return page(call, found.toReversed(), (one) => deploymentShape(world, one));
    },

    'POST /repos/:owner/:repo/deployments': async (call) => {
      const repository = repositoryOf(world, call);
      demand(repository, call, 'write');
      const body = parseBody(newDeployment, call.body, 'Deployment');
      const sha = await (await world.git(repository)).resolve(body.ref);
      if (sha === undefined) {
        throw validationFailed({
          resource: 'Deployment',
          code: 'invalid',
          field: 'ref',
          message: `No ref found for: ${body.ref}`,
        });
      }
      if (body.auto_merge) await refuseBehind(world, repository, { ref: body.ref, sha });
      const deployment = deploymentFrom(body, { world, repository, sha, call });
      world.state.deployments.push(deployment);
      world.save();
      const shape = deploymentShape(world, deployment);
      return Response.json(shape, { status: 201, headers: { location: shape.url } });
    },

    'GET /repos/:owner/:repo/deployments/:id': (call) =>
      Response.json(deploymentShape(world, deploymentOf(world, call).deployment)),

    ...deploymentStatusRoutes(world, (call) => deploymentOf(world, call)),
  };
}

const newDeployment = z.object({
  ref: z.string().min(1),
  task: z.string().default('deploy'),
  auto_merge: z.boolean().default(true),
  required_contexts: z.array(z.string()).optional(),
  payload: z.union([z.string(), z.record(z.string(), z.unknown())]).default({}),
  environment: z.string().default('production'),
  description: z.string().max(140).nullable().default(null),
  transient_environment: z.boolean().default(false),
  production_environment: z.boolean().optional(),
});

function deploymentFrom(
  body: z.infer<typeof newDeployment>,
  { world, repository, sha, call }: { world: World; repository: Repository; sha: string; call: Call },
): Deployment {
  return {
    id: world.newId(),
    repositoryId: repository.id,
    sha,
    ref: body.ref,
    task: body.task,
    payload: body.payload,
    environment: body.environment,
    description: body.description,
    transientEnvironment: body.transient_environment,
    productionEnvironment: body.production_environment ?? body.environment === 'production',
    creator: caller(call).login,
    createdAt: timestamp(),
    updatedAt: timestamp(),
    statuses: [],
  };
}

/** GitHub would merge the default branch into a ref that lacks some of it. Nobody here wants that: 409. */
async function refuseBehind(
  world: World,
  repository: Repository,
  { ref, sha }: { ref: string; sha: string },
): Promise<void> {
  const git = await world.git(repository);
  const main = await git.branchHead(repository.defaultBranch);
  if (main === undefined || (await git.contains(sha, main))) return;
  throw new GitHubError(409, `Conflict merging ${repository.defaultBranch} into ${ref}.`);
}

function deploymentOf(world: World, call: Call): { repository: Repository; deployment: Deployment } {
  const repository = repositoryOf(world, call);
  const deployment = world.state.deployments.find(
    (one) => one.repositoryId === repository.id && String(one.id) === call.params['id'],
  );
  if (deployment === undefined) throw notFound();
  return { repository, deployment };
}
