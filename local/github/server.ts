import { rm } from 'node:fs/promises';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { rateLimit, userRoutes } from './api/user.ts';
import { commentRoutes } from './api/comments.ts';
import { commitRoutes } from './api/commits.ts';
import { contentsRoutes } from './api/contents.ts';
import { deploymentRoutes } from './api/deployments.ts';
import { pullRoutes } from './api/pulls.ts';
import { repositoryRoutes } from './api/repositories.ts';
import { tarballRoutes } from './api/tarball.ts';
import { controlOf } from './control.ts';
import type { GitHubControl } from './control.ts';
import { controlRoutes, refuseBrowsers } from './control/routes.ts';
import type { LoggedRequest } from './control/routes.ts';
import { createFaults, misbehave } from './faults.ts';
import { GitHubError, notFound } from './http/errors.ts';
import { listen } from './http/listen.ts';
import type { Incoming } from './http/listen.ts';
import { router } from './http/router.ts';
import type { Match } from './http/router.ts';
import { pageRoutes } from './pages/routes.ts';
import { openStore } from './state.ts';
import type { User } from './state.ts';
import { createWorld, user } from './world.ts';
import type { World } from './world.ts';

export interface GitHubStandIn {
  /** Root of the REST API and of the pages, without a final slash. */
  url: string;
  /** Logs in as the robot, who may write to every repository. */
  token: string;
  control: GitHubControl;
  close(): Promise<void>;
}

/**
 * Starts a server that answers as GitHub's REST API does (version 2022-11-28), on 127.0.0.1.
 *
 * `port` 0 takes a free one. `stateFile` keeps everything over a restart, git repositories beside it; without
 * it, all is gone at `close()`. `token` is the robot's; default a random one, or the one in the state.
 * Rejects when the port is taken or the state is of another version.
 */
export async function startGitHub(options: {
  port: number;
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
  const server = await listen(options.port, answerer(world)).catch(async (error: unknown) => {
    await forget();
    throw error;
  });
  world.url = server.url;
  return {
    url: server.url,
    token: world.state.token,
    control: controlOf(server.url),
    close: async () => {
      await server.close();
      await forget();
    },
  };
}

function answerer(world: World): (incoming: Incoming) => Promise<Response | 'drop'> {
  const faults = createFaults();
  const requests: LoggedRequest[] = [];
  const tarball = tarballRoutes(world);
  const control = router(controlRoutes(world, { faults, requests }));
  const open = router({ ...tarball.download, ...pageRoutes(world) });
  const api = router({
    ...userRoutes(world),
    ...repositoryRoutes(world),
    ...pullRoutes(world),
    ...commentRoutes(world),
    ...commitRoutes(world),
    ...contentsRoutes(world),
    ...tarball.api,
    ...deploymentRoutes(world),
  });
  const oneAtATime = queue();

  return async (incoming) => {
    const { method, url, headers } = incoming;
    if (url.pathname.startsWith('/_control')) {
      return guarded(() => {
        refuseBrowsers(method, headers);
        return oneAtATime(() => run(control(method, url.pathname), incoming));
      });
    }
    const login = who(world, headers);
    const handle = () =>
      guarded(() => {
        const match = api(method, url.pathname);
        if (match === undefined && !isApi(url.pathname)) return run(open(method, url.pathname), incoming);
        return run(match, incoming, authenticated(world, login, headers));
      });
    const path = `${url.pathname}${url.search}`;
    const entry: LoggedRequest = { method, path, status: 0, ...(login === undefined ? {} : { login }) };
    requests.push(entry);
    requests.splice(0, requests.length - 5000);
    const fault = faults.take(method, path);
    const answer =
      fault === undefined ? await handle() : await misbehave(fault, { handle, signal: incoming.signal });
    if (answer !== 'drop') entry.status = answer.status;
    return answer === 'drop' ? answer : dressed(answer, isApi(url.pathname));
  };
}

function isApi(path: string): boolean {
  return /^\/(repos|user|users|rate_limit|orgs|app|installation)(\/|$)/.test(path);
}

function run(match: Match | undefined, incoming: Incoming, user?: User): Promise<Response> {
  const handle = match?.handle;
  if (match === undefined || handle === undefined) throw notFound();
  const call = {
    method: incoming.method,
    url: incoming.url,
    headers: incoming.headers,
    params: match.params,
    body: parse(incoming.text),
    ...(user === undefined ? {} : { user }),
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

function who(world: World, headers: Headers): string | undefined {
  const token = /^(?:bearer|token) (.+)$/i.exec(headers.get('authorization') ?? '')?.[1];
  return token === undefined ? undefined : world.state.tokens[token];
}

function authenticated(world: World, login: string | undefined, headers: Headers): User {
  if (login !== undefined) return user(world, login);
  throw new GitHubError(401, headers.has('authorization') ? 'Bad credentials' : 'Requires authentication');
}

function dressed(answer: Response, isApi: boolean): Response {
  if (!isApi) return answer;
  const limit = rateLimit();
  const headers = {
    'x-github-media-type': 'github.v3; format=json',
    'x-github-api-version-selected': '2022-11-28',
    'x-ratelimit-limit': String(limit.limit),
    'x-ratelimit-remaining': String(limit.remaining),
    'x-ratelimit-used': String(limit.used),
    'x-ratelimit-reset': String(limit.reset),
    'x-ratelimit-resource': 'core',
  };
  const dressedHeaders = new Headers(answer.headers);
  for (const [name, value] of Object.entries(headers)) {
    if (!dressedHeaders.has(name)) dressedHeaders.set(name, value);
  }
  return new Response(answer.body, { status: answer.status, headers: dressedHeaders });
}

/** Runs work one after another, in the order asked. */
function queue(): <T>(work: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const result = last.then(work, work);
    last = result.catch(() => undefined);
    return result;
  };
}
