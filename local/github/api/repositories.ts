import { notFound } from '../http/errors.ts';
import type { Routes } from '../http/router.ts';
import { commitShape } from '../shapes/commit.ts';
import { fullRepository, repositoryHtmlUrl, repositoryUrl } from '../shapes/repository.ts';
import type { Schema } from '../shapes/schema.ts';
import { simpleUser } from '../shapes/user.ts';
import type { Role } from '../state.ts';
import { demand, repositoryOf, roleOf, user } from '../world.ts';
import type { World } from '../world.ts';

/** Repositories, their branches, and who may do what in them. */
export function repositoryRoutes(world: World): Routes {
  return {
    'GET /repos/:owner/:repo': (call) => Response.json(fullRepository(world, repositoryOf(world, call))),

    'GET /repos/:owner/:repo/branches/:branch+': async (call) => {
      const repository = repositoryOf(world, call);
      const { branch = '' } = call.params;
      const sha = await (await world.git(repository)).branchHead(branch);
      if (sha === undefined) throw notFound('Branch not found');
      const self = `${repositoryUrl(world, repository)}/branches/${branch}`;
      const shape: Schema<'branch-with-protection'> = {
        name: branch,
        commit: await commitShape(world, repository, sha),
        _links: { html: `${repositoryHtmlUrl(world, repository)}/tree/${branch}`, self },
        protected: false,
        protection: {
          enabled: false,
          required_status_checks: { enforcement_level: 'off', contexts: [], checks: [] },
        },
        protection_url: `${self}/protection`,
      };
      return Response.json(shape);
    },

    'GET /repos/:owner/:repo/collaborators/:login/permission': (call) => {
      const repository = repositoryOf(world, call);
      demand(repository, call, 'read');
      const { login = '' } = call.params;
      const known = world.state.users.some((one) => one.login.toLowerCase() === login.toLowerCase());
      if (!known) throw notFound(`${login} is not a user`);
      const role = roleOf(repository, login);
      const found = user(world, login);
      const shape: Schema<'repository-collaborator-permission'> = {
        permission: permissionOf[role],
        role_name: role,
        user: { ...simpleUser(world, found.login), permissions: abilities(role), role_name: role },
      };
      return Response.json(shape);
    },
  };
}

/** The older word for a role: `maintain` is called write there, `triage` read. */
const permissionOf: Record<Role, 'none' | 'read' | 'write' | 'admin'> = {
  none: 'none',
  read: 'read',
  triage: 'read',
  write: 'write',
  maintain: 'write',
  admin: 'admin',
};

function abilities(role: Role): Record<'pull' | 'triage' | 'push' | 'maintain' | 'admin', boolean> {
  const rank = ['none', 'read', 'triage', 'write', 'maintain', 'admin'].indexOf(role);
  return { pull: rank >= 1, triage: rank >= 2, push: rank >= 3, maintain: rank >= 4, admin: rank >= 5 };
}
