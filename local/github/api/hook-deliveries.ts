import { notFound } from '../http/errors.ts';
import type { Routes } from '../http/router.ts';
import { hookDeliveryShape } from '../shapes/app.ts';
import type { HookDelivery } from '../state.ts';
import { timestamp } from '../world.ts';
import type { World } from '../world.ts';
import { appOf } from './apps.ts';

/**
 * What became of an App's webhook events, newest first, and how an event is sent again. The stand-in sends nothing: its
 * control API says what was sent and how that ended, and how the next attempt will.
 */
export function hookDeliveryRoutes(world: World): Routes {
  return {
    'GET /app/hook/deliveries': (call) => {
      const { id: appId } = appOf(call);
      const query = call.url.searchParams;
      const size = Math.min(Number(query.get('per_page') ?? 30), 100);
      const cursor = Number(query.get('cursor')?.replace('v1_', '') ?? Infinity);
      const status = query.get('status');
      const found = world.state.hookDeliveries
        .filter((one) => one.appId === appId && one.id < cursor)
        .filter((one) => status === null || status === (succeeded(one) ? 'success' : 'failure'))
        .sort((one, other) => other.id - one.id);
      const shown = found.slice(0, size);
      const next = new URL(call.url);
      next.searchParams.set('cursor', `v1_${String(shown.at(-1)?.id)}`);
      return Response.json(
        shown.map((one) => hookDeliveryShape(one)),
        found.length > size ? { headers: { link: `<${next.href}>; rel="next"` } } : {},
      );
    },

    'POST /app/hook/deliveries/:id/attempts': (call) => {
      const { id: appId } = appOf(call);
      const found = world.state.hookDeliveries.find(
        (one) => one.appId === appId && String(one.id) === call.params['id'],
      );
      if (found === undefined) throw notFound();
      world.state.hookDeliveries.push({
        ...found,
        id: world.newId(),
        redelivery: true,
        deliveredAt: timestamp(),
        statusCode: found.nextStatusCode,
      });
      world.save();
      return Response.json({}, { status: 202 });
    },
  };
}

function succeeded({ statusCode }: HookDelivery): boolean {
  return statusCode >= 200 && statusCode < 400;
}
