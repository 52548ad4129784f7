import type { App, Installation, User } from '../state.ts';
import { user } from '../world.ts';
import type { World } from '../world.ts';
import { appOfJwt } from './app-jwt.ts';
import { GitHubError } from './errors.ts';

/** Who makes a request: a person or robot by a token, an App by its JWT, or an App's bot by an installation's token. */
export interface Login {
  user?: User;
  app?: App;
  /** Beside `user`: the installation that lends it its rights. */
  installation?: Installation;
}

/** Reads who a request's `authorization` names; throws 401 where it is none, or is not accepted (any more). */
export function readLogin(world: World, headers: Headers): Login {
  const token = /^(?:bearer|token) (.+)$/i.exec(headers.get('authorization') ?? '')?.[1];
  if (token === undefined) throw new GitHubError(401, 'Requires authentication');
  if (token.startsWith('eyJ')) return { app: appOfJwt(world, token) };
  const login = world.state.tokens[token];
  if (login !== undefined) return { user: user(world, login) };
  const issued = world.state.installationTokens[token];
  const installation = world.state.installations.find(({ id }) => id === issued?.installationId);
  const app = world.state.apps.find(({ id }) => id === installation?.appId);
  if (
    issued === undefined ||
    installation === undefined ||
    app === undefined ||
    issued.expiresAt <= Date.now()
  )
    throw new GitHubError(401, 'Bad credentials');
  return { user: botOf(world, app), installation };
}

/** The account that an App acts as; comments of its installations are by it. */
export function botOf(world: World, { slug }: App): User {
  return user(world, `${slug}[bot]`);
}
