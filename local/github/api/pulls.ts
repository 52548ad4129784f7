import { page } from '../http/pages.ts';
import type { Routes } from '../http/router.ts';
import { pullRequestShape, pullRequestSimple } from '../shapes/pull-request.ts';
import type { PullRequest } from '../state.ts';
import { pullRequestOf, repositoryById, repositoryOf } from '../world.ts';
import type { World } from '../world.ts';

export function pullRoutes(world: World): Routes {
  return {
    'GET /repos/:owner/:repo/pulls': (call) => {
      const repository = repositoryOf(world, call);
      const pulls = world.state.pullRequests
        .filter((pull) => pull.repositoryId === repository.id)
        .filter(matches(world, call.url.searchParams))
        .sort(order(call.url.searchParams));
      return page(call, pulls, (pull) => pullRequestSimple(world, pull));
    },

    'GET /repos/:owner/:repo/pulls/:number': async (call) =>
      Response.json(await pullRequestShape(world, pullRequestOf(world, call).pull)),
  };
}

function matches(world: World, query: URLSearchParams): (pull: PullRequest) => boolean {
  const state = query.get('state') ?? 'open';
  const head = query.get('head');
  const base = query.get('base');
  return (pull) => {
    const label = `${repositoryById(world, pull.head.repositoryId).owner}:${pull.head.branch}`;
    return (
      (state === 'all' || pull.state === state) &&
      // GitHub ignores a head without an owner.
      (head === null || !head.includes(':') || label === head) &&
      (base === null || pull.base.branch === base)
    );
  };
}

function order(query: URLSearchParams): (a: PullRequest, b: PullRequest) => number {
  const field = query.get('sort') === 'updated' ? 'updatedAt' : 'createdAt';
  const ascending = (query.get('direction') ?? (query.has('sort') ? 'asc' : 'desc')) === 'asc';
  return (a, b) => {
    const difference = a[field].localeCompare(b[field]) || a.number - b.number;
    return ascending ? difference : -difference;
  };
}
