import { GitHubError, notFound } from '../http/errors.ts';
import type { Routes } from '../http/router.ts';
import { commitShape } from '../shapes/commit.ts';
import { repositoryUrl } from '../shapes/repository.ts';
import type { Schema } from '../shapes/schema.ts';
import { repositoryOf } from '../world.ts';
import type { World } from '../world.ts';

/** Commits and trees. */
export function commitRoutes(world: World): Routes {
  return {
    'GET /repos/:owner/:repo/commits/:ref+': async (call) => {
      const repository = repositoryOf(world, call);
      const { ref = '' } = call.params;
      const sha = await (await world.git(repository)).resolve(ref);
      if (sha === undefined) throw new GitHubError(422, `No commit found for SHA: ${ref}`);
      return Response.json(await commitShape(world, repository, sha));
    },

    'GET /repos/:owner/:repo/git/trees/:sha+': async (call) => {
      const repository = repositoryOf(world, call);
      const git = await world.git(repository);
      const tree = await git.tree(call.params['sha'] ?? '');
      if (tree === undefined) throw notFound();
      // GitHub recurses for any value of the parameter, `0` and `false` included.
      const entries = await git.list(tree, { recursive: call.url.searchParams.has('recursive') });
      const root = `${repositoryUrl(world, repository)}/git`;
      const shape: Schema<'git-tree'> = {
        sha: tree,
        url: `${root}/trees/${tree}`,
        tree: entries.map((entry) => ({
          ...entry,
          url: `${root}/${entry.type === 'tree' ? 'trees' : 'blobs'}/${entry.sha}`,
        })),
        truncated: false,
      };
      return Response.json(shape);
    },
  };
}
