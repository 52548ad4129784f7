import { rm } from 'node:fs/promises';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { apiRoutes } from './api/routes.ts';
import type { ApiRoutes } from './api/routes.ts';
import { rateLimit } from './api/user.ts';
import { controlOf } from './control.ts';
import type { GitHubControl } from './control.ts';
import { controlRoutes, refuseBrowsers } from './control/routes.ts';
import type { LoggedRequest } from './control/routes.ts';
import { createFaults, misbehave } from './faults.ts';
import { GitHubError, notFound } from './http/errors.ts';
import { listen } from './http/listen.ts';
import type { Incoming } from './http/listen.ts';
import { readLogin } from './http/login.ts';
import type { Login } from './http/login.ts';
import { byId, byName } from './http/repository-ids.ts';
import { router } from './http/router.ts';
import type { Match } from './http/router.ts';
import { pageRoutes } from './pages/routes.ts';
import { queue } from './queue.ts';
import { openStore } from './state.ts';
import { createWorld } from './world.ts';
import type { World } from './world.ts';

export interface GitHubStandIn {
  /** Root of the REST API and of the pages, without a final slash. */
  url: string;
  /** Logs in as the robot, who may write to every repository. */
  token: string;
  control: GitHubControl;
  /** Every endpoint of GitHub's API that it answers, as `METHOD /path/:name`. */
  routes: readonly string[];
  close(): Promise<void>;
}

/**
 * Starts a server that answers as GitHub's REST API does (version 2022-11-28).
 *
 * `port` 0 takes a free one, `host` is by default 127.0.0.1. `publicUrl` is where people read its pages, by default where
 * it listens; clients are sent on by the address that they asked. `stateFile` keeps everything over a restart, git repositories beside it; without
 * it, all is gone at `close()`. `token` is the robot's; default a random one, or the one in the state.
 * Rejects when the port is taken or the state is of another version.
 */
export async function startGitHub(options: {
  port: number;
  host?: string;
  publicUrl?: string;
  stateFile?: string;
  token?: string;
}): Promise<GitHubStandIn> {
  const scratch = options.stateFile === undefined ? mkdtempSync(join(tmpdir(), 'github-')) : undefined;
  const file = options.stateFile ?? join(scratch ?? '', 'state.json');
  const store = openStore({ file, ...(options.token === undefined ? {} : { token: options.token }) });
  const world = createWorld({ store, gitFolder: `${file}.git` });
  world.save();
  const forget = async (): Promise<void> => {
    if (scratch !== undefined) await rm(scratch, { recursive: true, force: true });
  };
  const api = apiRoutes(world);
  const { port, host = '127.0.0.1' } = options;
  const server = await listen({ host, port }, answerer(world, api)).catch(async (error: unknown) => {
    await forget();
    throw error;
  });
  world.url = options.publicUrl ?? server.url;
  return {
    url: server.url,
    token: world.state.token,
    control: controlOf(server.url),
    routes: [...Object.keys(api.asApp), ...Object.keys(api.asUser)],
    close: async () => {
      await server.close();
      await forget();
    },
  };
}

function answerer(world: World, routes: ApiRoutes): (incoming: Incoming) => Promise<Response | 'drop'> {
  const faults = createFaults();
  const requests: LoggedRequest[] = [];
  const control = router(controlRoutes(world, { faults, requests }));
  const open = router({ ...routes.open, ...pageRoutes(world) });
  const asApp = router(routes.asApp);
  const asUser = router(routes.asUser);
  const oneAtATime = queue();

  return async (given) => {
    const incoming = { ...given, url: byName(world, given.url) };
    const { method, url, headers } = incoming;
    if (url.pathname.startsWith('/_control')) {
      return guarded(() => {
        refuseBrowsers(method, headers);
        return oneAtATime(() => run(control(method, url.pathname), incoming));
      });
    }
    const handle = () =>
      guarded(() => {
        const forApps = asApp(method, url.pathname);
        if (forApps !== undefined) return run(forApps, incoming, readLogin(world, headers));
        const match = asUser(method, url.pathname);
        if (match === undefined && !isApi(url.pathname)) return run(open(method, url.pathname), incoming);
        return run(match, incoming, readUser(world, headers));
      });
    const path = `${url.pathname}${url.search}`;
    const login = nameOf(world, headers);
    const entry: LoggedRequest = { method, path, status: 0, ...(login === undefined ? {} : { login }) };
    requests.push(entry);
    requests.splice(0, requests.length - 5000);
    const fault = faults.take(method, path);
    const answer =
      fault === undefined ? await handle() : await misbehave(fault, { handle, signal: incoming.signal });
    if (answer !== 'drop') entry.status = answer.status;
    return answer === 'drop' || !isApi(url.pathname) ? answer : dressed(world, answer);
  };
}

function isApi(path: string): boolean {
  return /^\/(repos|user|users|rate_limit|orgs|app|installation)(\/|$)/.test(path);
}

function run(match: Match | undefined, incoming: Incoming, login: Login = {}): Promise<Response> {
  const handle = match?.handle;
  if (match === undefined || handle === undefined) throw notFound();
  const call = {
    method: incoming.method,
    url: incoming.url,
    headers: incoming.headers,
    params: match.params,
    body: parse(incoming.text),
    ...login,
  };
  return Promise.resolve(handle(call));
}

function parse(text: string): unknown {
  if (text === '') return undefined;
  try {
    return JSON.parse(text);
  } catch {
    throw new GitHubError(400, 'Problems parsing JSON');
  }
}

async function guarded(work: () => Promise<Response>): Promise<Response> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof GitHubError) return error.toResponse();
    const message = error instanceof Error ? error.message : String(error);
    return Response.json({ message: `the stand-in itself failed: ${message}` }, { status: 500 });
  }
}

/** On paths that are no App's, a JWT is no login. */
function readUser(world: World, headers: Headers): Login {
  const login = readLogin(world, headers);
  if (login.user === undefined) throw new GitHubError(401, 'Bad credentials');
  return login;
}

/** For the log; undefined where the login is not accepted. */
function nameOf(world: World, headers: Headers): string | undefined {
  try {
    const { user, app } = readLogin(world, headers);
    return user?.login ?? app?.slug;
  } catch {
    return undefined;
  }
}

function dressed(world: World, answer: Response): Response {
  const limit = rateLimit();
  const headers = new Headers({
    'x-github-media-type': 'github.v3; format=json',
    'x-github-api-version-selected': '2022-11-28',
    'x-ratelimit-limit': String(limit.limit),
    'x-ratelimit-remaining': String(limit.remaining),
    'x-ratelimit-used': String(limit.used),
    'x-ratelimit-reset': String(limit.reset),
    'x-ratelimit-resource': 'core',
  });
  for (const [name, value] of answer.headers) {
    headers.set(name, name === 'link' ? byId(world, value) : value);
  }
  return new Response(answer.body, { status: answer.status, headers });
}
