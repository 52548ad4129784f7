import { z } from 'zod';
import { parseBody } from '../http/body.ts';
import { notFound } from '../http/errors.ts';
import { page } from '../http/pages.ts';
import type { Call, Routes } from '../http/router.ts';
import { deploymentStatusShape } from '../shapes/deployment.ts';
import type { Deployment, DeploymentStatus, Repository } from '../state.ts';
import { caller, demand, timestamp } from '../world.ts';
import type { World } from '../world.ts';

/** How far a deployment is. Newest first in lists; the newest is what counts. */
export function deploymentStatusRoutes(
  world: World,
  deploymentOf: (call: Call) => { repository: Repository; deployment: Deployment },
): Routes {
  const path = '/repos/:owner/:repo/deployments/:id/statuses';
  return {
    [`GET ${path}`]: (call) => {
      const { deployment } = deploymentOf(call);
      return page(call, deployment.statuses.toReversed(), (one) =>
        deploymentStatusShape(world, deployment, one),
      );
    },

    [`GET ${path}/:status`]: (call) => {
      const { deployment } = deploymentOf(call);
      const status = deployment.statuses.find((one) => String(one.id) === call.params['status']);
      if (status === undefined) throw notFound();
      return Response.json(deploymentStatusShape(world, deployment, status));
    },

    [`POST ${path}`]: (call) => {
      const { repository, deployment } = deploymentOf(call);
      demand(repository, call, 'write');
      const { auto_inactive, ...body } = parseBody(newStatus, call.body, 'DeploymentStatus');
      const status: DeploymentStatus = {
        id: world.newId(),
        state: body.state,
        creator: caller(call).login,
        description: body.description,
        environment: body.environment ?? deployment.environment,
        targetUrl: body.log_url || body.target_url,
        environmentUrl: body.environment_url,
        createdAt: timestamp(),
      };
      if (body.state === 'success' && auto_inactive) inactivateOlder(world, deployment, status);
      add(deployment, status);
      world.save();
      const shape = deploymentStatusShape(world, deployment, status);
      return Response.json(shape, { status: 201, headers: { location: shape.url } });
    },
  };
}

const newStatus = z.object({
  state: z.enum(['error', 'failure', 'inactive', 'in_progress', 'queued', 'pending', 'success']),
  target_url: z.string().default(''),
  log_url: z.string().default(''),
  description: z.string().max(140).default(''),
  environment: z.string().optional(),
  environment_url: z.string().default(''),
  auto_inactive: z.boolean().default(true),
});

/** What `auto_inactive` does on GitHub: it leaves transient and production deployments as they are. */
function inactivateOlder(world: World, deployment: Deployment, success: DeploymentStatus): void {
  const older = world.state.deployments.filter(
    (one) =>
      one !== deployment &&
      one.repositoryId === deployment.repositoryId &&
      one.environment === success.environment &&
      !one.transientEnvironment &&
      !one.productionEnvironment &&
      one.statuses.at(-1)?.state !== 'inactive',
  );
  for (const one of older) add(one, { ...success, id: world.newId(), state: 'inactive', description: '' });
}

function add(deployment: Deployment, status: DeploymentStatus): void {
  deployment.statuses.push(status);
  deployment.updatedAt = status.createdAt;
}
