import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import type { Faults } from '../faults.ts';
import { parseBody } from '../http/body.ts';
import { GitHubError } from '../http/errors.ts';
import type { Routes } from '../http/router.ts';
import { user } from '../world.ts';
import type { World } from '../world.ts';
import { appControl } from './apps.ts';
import { packageControl } from './packages.ts';
import { pullRequestControl } from './pull-requests.ts';
import { repositoryControl } from './repositories.ts';

/** One request that was answered. */
export interface LoggedRequest {
  method: string;
  /** Path and query. */
  path: string;
  /** 0 where the connection was cut, or the client went away first. */
  status: number;
  /** The user's, or the App's slug. */
  login?: string;
}

/** The stand-in's own API, which GitHub does not have: what people, other systems and bad luck do. */
export function controlRoutes(
  world: World,
  { faults, requests }: { faults: Faults; requests: LoggedRequest[] },
): Routes {
  return {
    'GET /_control': () =>
      Response.json({ url: world.url, token: world.state.token, robot: world.state.robot, pid: process.pid }),

    ...repositoryControl(world),
    ...pullRequestControl(world),
    ...appControl(world),
    ...packageControl(world),

    'POST /_control/tokens': (call) => {
      const { login, scopes } = parseBody(tokenFor, call.body, 'Token');
      const token = `ghp_${randomBytes(18).toString('hex')}`;
      world.state.tokens[token] = user(world, login).login;
      if (scopes !== undefined) world.state.scopes[token] = scopes;
      world.save();
      return Response.json({ token }, { status: 201 });
    },

    'POST /_control/faults': (call) => {
      faults.add(parseBody(fault, call.body, 'Fault'));
      return new Response(null, { status: 204 });
    },
    'DELETE /_control/faults': () => {
      faults.clear();
      return new Response(null, { status: 204 });
    },

    'GET /_control/requests': () => Response.json(requests),
    'DELETE /_control/requests': () => {
      requests.length = 0;
      return new Response(null, { status: 204 });
    },
  };
}

/** Refuses what a web page open in a browser on this machine could send without asking. */
export function refuseBrowsers(method: string, headers: Headers): void {
  const plain = method === 'GET' || method === 'HEAD';
  if (headers.has('origin') || (!plain && headers.get('content-type') !== 'application/json')) {
    throw new GitHubError(403, 'The control API takes JSON from programs, not from web pages');
  }
}

const tokenFor = z.object({ login: z.string().min(1), scopes: z.array(z.string()).optional() });

const fault = z.object({
  method: z.string().optional(),
  path: z.string(),
  status: z.int().min(100).max(599).optional(),
  body: z.unknown().optional(),
  headers: z.record(z.string(), z.string()).optional(),
  delayMs: z.number().nonnegative().optional(),
  drop: z.boolean().optional(),
  afterWrite: z.boolean().optional(),
  times: z.int().positive().optional(),
});
