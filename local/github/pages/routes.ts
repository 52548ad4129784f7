import type { Routes } from '../http/router.ts';
import { findRepository, repositoryById } from '../world.ts';
import type { World } from '../world.ts';
import { notFound } from '../http/errors.ts';
import { html } from './html.ts';
import type { Html } from './html.ts';
import { pageOf } from './layout.ts';
import { pullRequestMain } from './pull-request.ts';
import type { PullRequest } from '../state.ts';

/** The pages that a person reads, at the addresses that `html_url` fields give. */
export function pageRoutes(world: World): Routes {
  return {
    'GET /': () => pageOf({ title: 'Pull requests', main: list(world, world.state.pullRequests) }),

    'GET /:owner/:repo': (call) => {
      const repository = findRepository(world, call.params['owner'] ?? '', call.params['repo'] ?? '');
      if (repository === undefined) throw notFound();
      const pulls = world.state.pullRequests.filter(({ repositoryId }) => repositoryId === repository.id);
      return pageOf({ title: `${repository.owner}/${repository.name}`, main: list(world, pulls) });
    },

    'GET /:owner/:repo/pull/:number': async (call) => {
      const { owner = '', repo = '', number } = call.params;
      const repository = findRepository(world, owner, repo);
      const pull = world.state.pullRequests.find(
        (one) => one.repositoryId === repository?.id && String(one.number) === number,
      );
      if (pull === undefined) throw notFound();
      return pageOf({
        title: `${pull.title} · #${String(pull.number)}`,
        main: await pullRequestMain(world, pull),
      });
    },
  };
}

function list(world: World, pulls: PullRequest[]): Html {
  if (pulls.length === 0)
    return html`<h1>Pull requests</h1>
      <p class="faint">None yet.</p>`;
  const rows = pulls.toReversed().map((pull) => {
    const repository = repositoryById(world, pull.repositoryId);
    const name = `${repository.owner}/${repository.name}`;
    return html`<div>
      <span class="state ${pull.state}">${pull.state}</span>
      <a href="/${name}/pull/${pull.number}">${pull.title}</a>
      <span class="faint">${name} #${pull.number} by ${pull.author}</span>
    </div>`;
  });
  return html`<h1>Pull requests</h1>
    <div class="box">${rows}</div>`;
}
