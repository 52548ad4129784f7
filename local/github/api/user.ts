import { GitHubError, notFound } from '../http/errors.ts';
import type { Routes } from '../http/router.ts';
import type { Schema } from '../shapes/schema.ts';
import { publicUser } from '../shapes/user.ts';
import { caller } from '../world.ts';
import type { World } from '../world.ts';

/** Who the token is, who others are, how often it may still ask, and who is of an organisation. */
export function userRoutes(world: World): Routes {
  return {
    'GET /user': (call) => {
      if (call.installation !== undefined) {
        throw new GitHubError(403, 'Resource not accessible by integration');
      }
      return Response.json(publicUser(world, caller(call)));
    },
    'GET /users/:login': (call) => {
      const login = call.params['login']?.toLowerCase();
      const known = world.state.users.find((one) => one.login.toLowerCase() === login);
      if (known === undefined) throw notFound();
      return Response.json(publicUser(world, known));
    },
    'GET /orgs/:org/members/:login': (call) => {
      const { org = '', login = '' } = call.params;
      const same = (one: string, other: string): boolean => one.toLowerCase() === other.toLowerCase();
      const [, members = []] =
        Object.entries(world.state.members ?? {}).find(([name]) => same(name, org)) ?? [];
      if (!members.some((member) => same(member, login))) throw notFound();
      return new Response(null, { status: 204 });
    },
    'GET /rate_limit': () => {
      const core = rateLimit();
      const shape: Schema<'rate-limit-overview'> = {
        resources: { core, search: { ...core, limit: 30, remaining: 30 } },
        rate: core,
      };
      return Response.json(shape);
    },
  };
}

/** The hourly budget. The stand-in never runs out by itself: faults do that. */
export function rateLimit(): { limit: number; remaining: number; reset: number; used: number } {
  const hour = 3600;
  return { limit: 5000, remaining: 4999, reset: Math.ceil(Date.now() / 1000 / hour) * hour, used: 1 };
}
