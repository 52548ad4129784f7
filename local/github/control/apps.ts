import { generateKeyPairSync } from 'node:crypto';
import { z } from 'zod';
import { parseBody } from '../http/body.ts';
import { validationFailed } from '../http/errors.ts';
import { botOf } from '../http/login.ts';
import type { Routes } from '../http/router.ts';
import type { HookDelivery } from '../state.ts';
import { timestamp, user } from '../world.ts';
import type { World } from '../world.ts';

/** What people do to Apps on GitHub's pages: register, install, uninstall; and what becomes of their tokens and events. */
export function appControl(world: World): Routes {
  return {
    'POST /_control/apps': (call) => {
      const { slug, owner } = parseBody(newApp, call.body, 'App');
      const taken = world.state.apps.some((one) => one.slug === slug);
      if (taken) throw validationFailed({ resource: 'App', code: 'already_exists', field: 'slug' });
      const { publicKey, privateKey } = generateKeyPairSync('rsa', {
        modulusLength: 2048,
        publicKeyEncoding: { type: 'spki', format: 'pem' },
        // As GitHub hands it out.
        privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
      });
      const id = world.newId();
      const app = { id, slug, owner: user(world, owner).login, clientId: `Iv23li${String(id)}`, publicKey };
      world.state.apps.push({ ...app, createdAt: timestamp() });
      const { login: bot } = botOf(world, { ...app, createdAt: '' });
      world.save();
      return Response.json({ id, slug, clientId: app.clientId, bot, privateKey }, { status: 201 });
    },

    'POST /_control/installations': (call) => {
      const body = parseBody(newInstallation, call.body, 'Installation');
      const installation = { ...body, id: world.newId(), createdAt: timestamp() };
      world.state.installations.push({ ...installation, account: user(world, body.account).login });
      world.save();
      return Response.json({ id: installation.id }, { status: 201 });
    },

    'DELETE /_control/installations/:id': (call) => {
      world.state.installations = world.state.installations.filter(
        ({ id }) => String(id) !== call.params['id'],
      );
      world.save();
      return new Response(null, { status: 204 });
    },

    'DELETE /_control/installation-tokens': () => {
      world.state.installationTokens = {};
      world.save();
      return new Response(null, { status: 204 });
    },

    'POST /_control/hook-deliveries': (call) => {
      const { ageMs, ...body } = parseBody(newDelivery, call.body, 'HookDelivery');
      const delivery: HookDelivery = {
        ...body,
        id: world.newId(),
        redelivery: false,
        deliveredAt: timestamp(Date.now() - ageMs),
      };
      world.state.hookDeliveries.push(delivery);
      world.save();
      return Response.json(delivery, { status: 201 });
    },

    'GET /_control/hook-deliveries': () => Response.json(world.state.hookDeliveries),
  };
}

const newApp = z.object({ slug: z.string().regex(/^[a-z0-9-]+$/), owner: z.string().min(1) });

const newInstallation = z.object({
  appId: z.int(),
  account: z.string().min(1),
  repositories: z.union([z.literal('all'), z.array(z.string())]).default('all'),
});

const newDelivery = z.object({
  appId: z.int(),
  guid: z.string().min(1),
  event: z.string().default('pull_request'),
  action: z.string().nullable().default('opened'),
  statusCode: z.int().min(0).max(599),
  nextStatusCode: z.int().min(0).max(599).default(200),
  /** How long ago it was sent, in milliseconds. */
  ageMs: z.int().nonnegative().default(0),
});
