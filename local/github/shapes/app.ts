import type { App, HookDelivery, Installation } from '../state.ts';
import { user } from '../world.ts';
import type { World } from '../world.ts';
import { nodeId } from './schema.ts';
import type { Schema } from './schema.ts';
import { simpleUser } from './user.ts';

/** What the stand-in lets an App do where it is installed. */
export const permissions = {
  metadata: 'read',
  contents: 'read',
  deployments: 'write',
  issues: 'write',
  pull_requests: 'write',
} as const satisfies Schema<'app-permissions'>;

const events = ['issue_comment', 'pull_request'];

export function appShape(world: World, app: App): Schema<'integration'> {
  return {
    id: app.id,
    slug: app.slug,
    node_id: nodeId('App', app.id),
    client_id: app.clientId,
    owner: simpleUser(world, app.owner),
    name: app.slug,
    description: null,
    external_url: `${world.url}/apps/${app.slug}`,
    html_url: `${world.url}/apps/${app.slug}`,
    created_at: app.createdAt,
    updated_at: app.createdAt,
    permissions,
    events,
  };
}

export function installationShape(
  world: World,
  app: App,
  installation: Installation,
): Schema<'installation'> {
  const account = user(world, installation.account);
  const url = `${world.url}/app/installations/${String(installation.id)}`;
  return {
    id: installation.id,
    app_id: app.id,
    app_slug: app.slug,
    client_id: app.clientId,
    account: simpleUser(world, account.login),
    target_id: account.id,
    target_type: account.type,
    repository_selection: installation.repositories === 'all' ? 'all' : 'selected',
    access_tokens_url: `${url}/access_tokens`,
    repositories_url: `${world.url}/installation/repositories`,
    html_url: `${world.url}/settings/installations/${String(installation.id)}`,
    permissions,
    events,
    single_file_name: null,
    has_multiple_single_files: false,
    single_file_paths: [],
    created_at: installation.createdAt,
    updated_at: installation.createdAt,
    suspended_by: null,
    suspended_at: null,
  };
}

export function hookDeliveryShape(delivery: HookDelivery): Schema<'hook-delivery-item'> {
  return {
    id: delivery.id,
    guid: delivery.guid,
    delivered_at: delivery.deliveredAt,
    redelivery: delivery.redelivery,
    duration: 0.1,
    status: statusWord(delivery.statusCode),
    status_code: delivery.statusCode,
    event: delivery.event,
    action: delivery.action,
    installation_id: null,
    repository_id: null,
    throttled_at: null,
  };
}

function statusWord(code: number): string {
  if (code === 0) return 'failed to connect to host';
  return code >= 200 && code < 300 ? 'OK' : `Invalid HTTP Response: ${String(code)}`;
}
