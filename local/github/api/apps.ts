import { randomBytes } from 'node:crypto';
import { undecodable } from '../http/app-jwt.ts';
import { notFound } from '../http/errors.ts';
import { page } from '../http/pages.ts';
import type { Call, Routes } from '../http/router.ts';
import { appShape, installationShape, permissions } from '../shapes/app.ts';
import type { Schema } from '../shapes/schema.ts';
import type { App, Installation } from '../state.ts';
import { covers, findRepository, timestamp } from '../world.ts';
import type { World } from '../world.ts';

const hour = 3_600_000;

/** What an App asks by its JWT: who it is, where it is installed, and for the tokens it works with there. */
export function appRoutes(world: World): Routes {
  const installationsOf = (app: App) => world.state.installations.filter(({ appId }) => appId === app.id);
  return {
    'GET /app': (call) => Response.json(appShape(world, appOf(call))),

    'GET /app/installations': (call) => {
      const app = appOf(call);
      return page(call, installationsOf(app), (one) => installationShape(world, app, one));
    },

    'GET /repos/:owner/:repo/installation': (call) => {
      const app = appOf(call);
      const { owner = '', repo = '' } = call.params;
      const repository = findRepository(world, owner, repo);
      const found = installationsOf(app).find((one) => repository !== undefined && covers(one, repository));
      if (found === undefined) throw notFound();
      return Response.json(installationShape(world, app, found));
    },

    'GET /orgs/:org/installation': (call) => {
      const app = appOf(call);
      const org = call.params['org']?.toLowerCase();
      const found = installationsOf(app).find(({ account }) => account.toLowerCase() === org);
      if (found === undefined) throw notFound();
      return Response.json(installationShape(world, app, found));
    },

    'POST /app/installations/:id/access_tokens': (call) => {
      const app = appOf(call);
      const found = installationsOf(app).find(({ id }) => String(id) === call.params['id']);
      if (found === undefined) throw notFound();
      return Response.json(issue(world, found), { status: 201 });
    },
  };
}

/** The App whose JWT a request carries. */
export function appOf(call: Call): App {
  if (call.app === undefined) throw undecodable();
  return call.app;
}

function issue(world: World, installation: Installation): Schema<'installation-token'> {
  const token = `ghs_${randomBytes(18).toString('hex')}`;
  const expiresAt = Date.now() + hour;
  world.state.installationTokens[token] = { installationId: installation.id, expiresAt };
  world.save();
  return {
    token,
    expires_at: timestamp(expiresAt),
    permissions,
    repository_selection: installation.repositories === 'all' ? 'all' : 'selected',
  };
}
