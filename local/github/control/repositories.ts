import { z } from 'zod';
import { parseBody } from '../http/body.ts';
import { GitHubError, notFound, validationFailed } from '../http/errors.ts';
import type { Call, Routes } from '../http/router.ts';
import type { Repository } from '../state.ts';
import { findRepository, timestamp, user } from '../world.ts';
import type { World } from '../world.ts';
import { followBranch } from './pull-request-head.ts';

/** What people do to a repository outside of the API: create, fork, commit, force-push, let people in. */
export function repositoryControl(world: World): Routes {
  return {
    'POST /_control/repos': async (call) => {
      const body = parseBody(newRepository, call.body, 'Repository');
      const known = findRepository(world, body.owner, body.name);
      if (known !== undefined) return Response.json(known);
      user(world, body.owner, 'Organization');
      return Response.json(await addRepository(world, body), { status: 201 });
    },

    'POST /_control/repos/:owner/:repo/forks': async (call) => {
      const parent = anyRepositoryOf(world, call);
      const { owner } = parseBody(newFork, call.body, 'Fork');
      const known = findRepository(world, owner, parent.name);
      if (known !== undefined) return Response.json(known);
      user(world, owner);
      const fork = await addRepository(world, { ...parent, owner, parentId: parent.id });
      const { defaultBranch: branch } = parent;
      await (
        await world.git(fork)
      ).fetch({ from: await world.git(parent), branch, ref: `refs/heads/${branch}` });
      return Response.json(fork, { status: 201 });
    },

    'POST /_control/repos/:owner/:repo/commits': async (call) => {
      const repository = anyRepositoryOf(world, call);
      const body = parseBody(newCommit, call.body, 'Commit');
      const branch = body.branch ?? repository.defaultBranch;
      user(world, body.author);
      const git = await world.git(repository);
      const startingAt = await git.branchHead(repository.defaultBranch);
      const sha = await git.commit({ ...body, branch, startingAt });
      await pushed(world, repository, branch);
      return Response.json({ sha }, { status: 201 });
    },

    'PUT /_control/repos/:owner/:repo/branches/:branch+': async (call) => {
      const repository = anyRepositoryOf(world, call);
      const { sha: wanted } = parseBody(branchTarget, call.body, 'Branch');
      const { branch = '' } = call.params;
      const git = await world.git(repository);
      const sha = await git.resolve(wanted);
      if (sha === undefined) throw new GitHubError(422, `No commit found for SHA: ${wanted}`);
      await git.setRef(`refs/heads/${branch}`, sha);
      await pushed(world, repository, branch);
      return Response.json({ sha });
    },

    'GET /_control/repos/:owner/:repo/deployments': (call) => {
      const { id } = anyRepositoryOf(world, call);
      return Response.json(world.state.deployments.filter(({ repositoryId }) => repositoryId === id));
    },

    'GET /_control/repos/:owner/:repo/dispatches': (call) => {
      const { id } = anyRepositoryOf(world, call);
      return Response.json(world.state.dispatches.filter(({ repositoryId }) => repositoryId === id));
    },

    'PUT /_control/repos/:owner/:repo/permissions': (call) => {
      const repository = anyRepositoryOf(world, call);
      const { user: login, permission } = parseBody(grant, call.body, 'Permission');
      repository.roles[user(world, login).login] = permission;
      world.save();
      return Response.json(repository.roles);
    },

    'PUT /_control/orgs/:org/members/:login': (call) => {
      const { org = '', login = '' } = call.params;
      const members = ((world.state.members ??= {})[user(world, org).login] ??= []);
      members.push(user(world, login).login);
      world.save();
      return Response.json(members);
    },
  };
}

/** The repository of the path, whoever may read it. */
export function anyRepositoryOf(world: World, call: Call): Repository {
  const { owner = '', repo = '' } = call.params;
  const found = findRepository(world, owner, repo);
  if (found === undefined) throw notFound(`there is no repository ${owner}/${repo}: create it first`);
  return found;
}

const name = z.string().regex(/^[\w.-]+$/);

const newRepository = z.object({
  owner: name,
  name,
  defaultBranch: z.string().default('main'),
  private: z.boolean().default(false),
});

const newFork = z.object({ owner: name });

const newCommit = z
  .object({
    branch: z.string().optional(),
    message: z.string().default('Change'),
    author: z.string().default('octocat'),
    folder: z.string().optional(),
    files: z.record(z.string(), z.string().nullable()).optional(),
  })
  .refine(({ folder, files }) => folder !== undefined || files !== undefined, {
    message: 'a commit needs a folder, files, or both',
    path: ['folder'],
  });

const branchTarget = z.object({ sha: z.string() });

const grant = z.object({
  user: z.string(),
  permission: z.enum(['none', 'read', 'triage', 'write', 'maintain', 'admin']),
});

async function addRepository(
  world: World,
  about: { owner: string; name: string; defaultBranch: string; private: boolean; parentId?: number },
): Promise<Repository> {
  if (!/^[\w./-]+$/.test(about.defaultBranch)) {
    throw validationFailed({ resource: 'Repository', code: 'invalid', field: 'defaultBranch' });
  }
  const repository: Repository = {
    id: world.newId(),
    owner: about.owner,
    name: about.name,
    defaultBranch: about.defaultBranch,
    private: about.private,
    ...(about.parentId === undefined ? {} : { parentId: about.parentId }),
    createdAt: timestamp(),
    pushedAt: timestamp(),
    // The robot comments and deploys; in other people's forks it has no say.
    roles: about.parentId === undefined ? { [world.state.robot]: 'write' } : {},
  };
  await world.git(repository);
  world.state.repositories.push(repository);
  world.save();
  return repository;
}

async function pushed(world: World, repository: Repository, branch: string): Promise<void> {
  repository.pushedAt = timestamp();
  await followBranch(world, repository, branch);
  world.save();
}
