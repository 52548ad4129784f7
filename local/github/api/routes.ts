import type { Routes } from '../http/router.ts';
import type { World } from '../world.ts';
import { appRoutes } from './apps.ts';
import { commentRoutes } from './comments.ts';
import { commitRoutes } from './commits.ts';
import { contentsRoutes } from './contents.ts';
import { deploymentRoutes } from './deployments.ts';
import { hookDeliveryRoutes } from './hook-deliveries.ts';
import { packageRoutes } from './packages.ts';
import { pullRoutes } from './pulls.ts';
import { repositoryRoutes } from './repositories.ts';
import { tarballRoutes } from './tarball.ts';
import { userRoutes } from './user.ts';
import { workflowDispatchRoutes } from './workflow-dispatches.ts';

export interface ApiRoutes {
  /** What an App asks by its JWT. */
  asApp: Routes;
  /** What a token asks. */
  asUser: Routes;
  /** No part of the API: where it redirects to. */
  open: Routes;
}

/** Every endpoint of GitHub's REST API that the stand-in answers. */
export function apiRoutes(world: World): ApiRoutes {
  const tarball = tarballRoutes(world);
  return {
    asApp: { ...appRoutes(world), ...hookDeliveryRoutes(world) },
    asUser: {
      ...userRoutes(world),
      ...repositoryRoutes(world),
      ...pullRoutes(world),
      ...commentRoutes(world),
      ...commitRoutes(world),
      ...contentsRoutes(world),
      ...tarball.api,
      ...deploymentRoutes(world),
      ...packageRoutes(world),
      ...workflowDispatchRoutes(world),
    },
    open: tarball.download,
  };
}
