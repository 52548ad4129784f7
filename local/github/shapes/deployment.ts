import type { Deployment, DeploymentStatus } from '../state.ts';
import { repositoryById } from '../world.ts';
import type { World } from '../world.ts';
import { repositoryUrl } from './repository.ts';
import { nodeId } from './schema.ts';
import type { Schema } from './schema.ts';
import { simpleUser } from './user.ts';

export function deploymentShape(world: World, deployment: Deployment): Schema<'deployment'> {
  const root = repositoryUrl(world, repositoryById(world, deployment.repositoryId));
  const url = `${root}/deployments/${String(deployment.id)}`;
  return {
    url,
    id: deployment.id,
    node_id: nodeId('Deployment', deployment.id),
    sha: deployment.sha,
    ref: deployment.ref,
    task: deployment.task,
    payload: deployment.payload,
    original_environment: deployment.environment,
    environment: deployment.environment,
    description: deployment.description,
    creator: simpleUser(world, deployment.creator),
    created_at: deployment.createdAt,
    updated_at: deployment.updatedAt,
    statuses_url: `${url}/statuses`,
    repository_url: root,
    transient_environment: deployment.transientEnvironment,
    production_environment: deployment.productionEnvironment,
  };
}

export function deploymentStatusShape(
  world: World,
  deployment: Deployment,
  status: DeploymentStatus,
): Schema<'deployment-status'> {
  const root = repositoryUrl(world, repositoryById(world, deployment.repositoryId));
  const url = `${root}/deployments/${String(deployment.id)}`;
  return {
    url: `${url}/statuses/${String(status.id)}`,
    id: status.id,
    node_id: nodeId('DeploymentStatus', status.id),
    state: status.state,
    creator: simpleUser(world, status.creator),
    description: status.description,
    environment: status.environment,
    target_url: status.targetUrl,
    log_url: status.targetUrl,
    environment_url: status.environmentUrl,
    created_at: status.createdAt,
    updated_at: status.createdAt,
    deployment_url: url,
    repository_url: root,
  };
}
