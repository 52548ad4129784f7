import { GitHubError, notFound } from '../http/errors.ts';
import type { Routes } from '../http/router.ts';
import { directoryItem, fileContents } from '../shapes/contents.ts';
import { repositoryOf } from '../world.ts';
import type { World } from '../world.ts';

/** Files and folders at a commit. */
export function contentsRoutes(world: World): Routes {
  return {
    'GET /repos/:owner/:repo/contents/:path*': async (call) => {
      const repository = repositoryOf(world, call);
      const git = await world.git(repository);
      const ref = call.url.searchParams.get('ref') ?? repository.defaultBranch;
      const sha = await git.resolve(ref);
      if (sha === undefined) throw notFound(`No commit found for the ref ${ref}`);

      const path = (call.params['path'] ?? '').replace(/\/+$/, '');
      const entry = path === '' ? undefined : (await git.list(sha, { path: literal(path) }))[0];
      if (path !== '' && entry === undefined) throw notFound();
      const about = { world, repository, ref };
      if (entry?.type === 'blob') {
        const bytes = await git.blob(entry.sha);
        return isRaw(call.headers) ? raw(bytes) : Response.json(fileContents({ ...about, entry, bytes }));
      }
      if (entry?.type === 'commit') throw new GitHubError(403, 'Submodules are not part of this stand-in');
      const entries = await git.list(sha, path === '' ? {} : { path: `${literal(path)}/` });
      return Response.json(entries.map((one) => directoryItem({ ...about, entry: one })));
    },
  };
}

/** `ls-tree` takes paths as they are; only a leading `./` or `/` would change their meaning. */
function literal(path: string): string {
  if (path.split('/').some((part) => part === '' || part === '.' || part === '..')) throw notFound();
  return path;
}

function isRaw(headers: Headers): boolean {
  return /application\/vnd\.github(\.v3)?\.raw/.test(headers.get('accept') ?? '');
}

function raw(bytes: Uint8Array): Response {
  return new Response(new Uint8Array(bytes), {
    headers: { 'content-type': 'application/vnd.github.raw+json; charset=utf-8' },
  });
}
