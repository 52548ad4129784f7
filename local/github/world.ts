import { join } from 'node:path';
import { openGitRepository } from './git/repository.ts';
import type { GitRepository } from './git/repository.ts';
import { GitHubError, notFound } from './http/errors.ts';
import type { Call } from './http/router.ts';
import type { Comment, Installation, PullRequest, Repository, Role, State, Store, User } from './state.ts';

/** What every handler works on: the remembered state, the git repositories, and the way to find things in them. */
export interface World {
  readonly state: State;
  newId(): number;
  save(): void;
  /** Where people reach this server, without a final slash. */
  url: string;
  git(repository: Repository): Promise<GitRepository>;
}

export function createWorld({ store, gitFolder }: { store: Store; gitFolder: string }): World {
  const opened = new Map<number, Promise<GitRepository>>();
  return {
    state: store.state,
    newId: () => store.newId(),
    save: () => {
      store.save();
    },
    url: '',
    git: ({ id, defaultBranch }) => {
      const open = opened.get(id) ?? openGitRepository(join(gitFolder, `${String(id)}.git`), defaultBranch);
      opened.set(id, open);
      return open;
    },
  };
}

/** An instant (epoch milliseconds, default now) as GitHub writes it: UTC, whole seconds. */
export function timestamp(at = Date.now()): string {
  return `${new Date(at).toISOString().slice(0, 19)}Z`;
}

/** The repository that a request's path names, in any case; 404 where there is none or it may not be read. */
export function repositoryOf(world: World, call: Call): Repository {
  const { owner = '', repo = '' } = call.params;
  const found = findRepository(world, owner, repo);
  if (found === undefined) throw notFound();
  if (call.user !== undefined && !atLeast(roleOfCaller(found, call), 'read')) throw notFound();
  return found;
}

export function findRepository(world: World, owner: string, name: string): Repository | undefined {
  const wanted = `${owner}/${name}`.toLowerCase();
  return world.state.repositories.find((one) => `${one.owner}/${one.name}`.toLowerCase() === wanted);
}

export function repositoryById(world: World, id: number): Repository {
  const found = world.state.repositories.find((one) => one.id === id);
  if (found === undefined)
    throw new Error(`the state names a repository ${String(id)} that it does not hold`);
  return found;
}

export function pullRequestOf(world: World, call: Call): { repository: Repository; pull: PullRequest } {
  const repository = repositoryOf(world, call);
  const pull = world.state.pullRequests.find(
    (one) => one.repositoryId === repository.id && String(one.number) === call.params['number'],
  );
  if (pull === undefined) throw notFound();
  return { repository, pull };
}

export function commentsOf(world: World, pull: PullRequest): Comment[] {
  return world.state.comments.filter(
    (one) => one.repositoryId === pull.repositoryId && one.number === pull.number,
  );
}

/** The user of that name; a name never heard of becomes a user. */
export function user(world: World, login: string, type: User['type'] = 'User'): User {
  const known = world.state.users.find((one) => one.login.toLowerCase() === login.toLowerCase());
  if (known !== undefined) return known;
  const added: User = { id: world.newId(), login, type: login.endsWith('[bot]') ? 'Bot' : type };
  world.state.users.push(added);
  return added;
}

/** The user who makes the request. */
export function caller(call: Call): User {
  if (call.user === undefined) throw new GitHubError(401, 'Requires authentication');
  return call.user;
}

export function roleOf(repository: Repository, login: string): Role {
  if (repository.owner.toLowerCase() === login.toLowerCase()) return 'admin';
  const given = Object.entries(repository.roles).find(([one]) => one.toLowerCase() === login.toLowerCase());
  return given?.[1] ?? (repository.private ? 'none' : 'read');
}

/** Throws 403 unless the caller has that role in the repository, or a greater one. */
export function demand(repository: Repository, call: Call, role: Role): void {
  if (atLeast(roleOfCaller(repository, call), role)) return;
  const what = call.installation === undefined ? 'personal access token' : 'integration';
  throw new GitHubError(403, `Resource not accessible by ${what}`);
}

/** An App writes where it is installed; elsewhere it is a stranger. */
function roleOfCaller(repository: Repository, call: Call): Role {
  const { login } = caller(call);
  if (call.installation === undefined) return roleOf(repository, login);
  if (covers(call.installation, repository)) return 'write';
  return repository.private ? 'none' : 'read';
}

/** Whether an installation is of that repository. */
export function covers({ account, repositories }: Installation, { owner, name }: Repository): boolean {
  const among = (one: string) => one.toLowerCase() === name.toLowerCase();
  return (
    account.toLowerCase() === owner.toLowerCase() && (repositories === 'all' || repositories.some(among))
  );
}

const roles: readonly Role[] = ['none', 'read', 'triage', 'write', 'maintain', 'admin'];

function atLeast(role: Role, wanted: Role): boolean {
  return roles.indexOf(role) >= roles.indexOf(wanted);
}
