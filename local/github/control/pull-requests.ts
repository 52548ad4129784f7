import { z } from 'zod';
import { parseBody } from '../http/body.ts';
import { GitHubError, notFound, validationFailed } from '../http/errors.ts';
import type { Call, Routes } from '../http/router.ts';
import { commentShape } from '../shapes/comment.ts';
import { pullRequestShape } from '../shapes/pull-request.ts';
import type { Comment, PullRequest, Repository } from '../state.ts';
import { commentsOf, findRepository, timestamp, user } from '../world.ts';
import type { World } from '../world.ts';
import { updateHead } from './pull-request-head.ts';
import { anyRepositoryOf } from './repositories.ts';

/** What people do to pull requests: open, close, merge, reopen, rename, comment. */
export function pullRequestControl(world: World): Routes {
  return {
    'POST /_control/repos/:owner/:repo/pulls': async (call) => {
      const repository = anyRepositoryOf(world, call);
      const pull = await open(world, repository, parseBody(newPull, call.body, 'PullRequest'));
      return Response.json(await pullRequestShape(world, pull), { status: 201 });
    },

    'GET /_control/repos/:owner/:repo/pulls/:number': async (call) =>
      Response.json(await pullRequestShape(world, anyPullOf(world, call))),

    'PATCH /_control/repos/:owner/:repo/pulls/:number': async (call) => {
      const pull = anyPullOf(world, call);
      const body = parseBody(pullChange, call.body, 'PullRequest');
      if (body.title !== undefined) pull.title = body.title;
      if (body.draft !== undefined) pull.draft = body.draft;
      if (body.labels !== undefined) pull.labels = body.labels;
      if (body.state === 'closed') await close(world, pull, { merge: body.merge });
      if (body.state === 'open') await reopen(world, pull);
      pull.updatedAt = timestamp();
      world.save();
      return Response.json(await pullRequestShape(world, pull));
    },

    'GET /_control/repos/:owner/:repo/issues/:number/comments': (call) =>
      Response.json(commentsOf(world, anyPullOf(world, call)).map((one) => commentShape(world, one))),

    'POST /_control/repos/:owner/:repo/issues/:number/comments': (call) => {
      const pull = anyPullOf(world, call);
      const { author, body } = parseBody(newComment, call.body, 'IssueComment');
      const comment: Comment = {
        id: world.newId(),
        repositoryId: pull.repositoryId,
        number: pull.number,
        author: user(world, author).login,
        body,
        createdAt: timestamp(),
        updatedAt: timestamp(),
        reactions: [],
      };
      world.state.comments.push(comment);
      world.save();
      return Response.json(commentShape(world, comment), { status: 201 });
    },
  };
}

const newPull = z.object({
  /** As in GitHub's API: a branch of this repository, or `owner:branch` of a fork. */
  head: z.string().min(1),
  base: z.string().optional(),
  title: z.string().min(1),
  body: z.string().nullable().default(null),
  author: z.string().default('octocat'),
  draft: z.boolean().default(false),
  /** The number to take; default the next one. */
  number: z.int().positive().optional(),
});

const pullChange = z.object({
  state: z.enum(['open', 'closed']).optional(),
  merge: z.boolean().default(false),
  draft: z.boolean().optional(),
  labels: z.array(z.string().min(1)).optional(),
  title: z.string().min(1).optional(),
});

const newComment = z.object({ author: z.string(), body: z.string() });

async function open(
  world: World,
  repository: Repository,
  body: z.infer<typeof newPull>,
): Promise<PullRequest> {
  const [branch = '', owner = repository.owner] = body.head.split(':').toReversed();
  const source = findRepository(world, owner, repository.name);
  if (source === undefined)
    throw validationFailed({ resource: 'PullRequest', code: 'invalid', field: 'head' });
  const numbers = world.state.pullRequests
    .filter(({ repositoryId }) => repositoryId === repository.id)
    .map(({ number }) => number);
  const number = body.number ?? Math.max(0, ...numbers) + 1;
  if (numbers.includes(number)) {
    throw validationFailed({ resource: 'PullRequest', code: 'already_exists', field: 'number' });
  }
  const pull: PullRequest = {
    id: world.newId(),
    repositoryId: repository.id,
    number,
    title: body.title,
    body: body.body,
    author: user(world, body.author).login,
    state: 'open',
    draft: body.draft,
    head: { repositoryId: source.id, branch, sha: '' },
    base: { branch: body.base ?? repository.defaultBranch, sha: '' },
    createdAt: timestamp(),
    updatedAt: timestamp(),
  };
  await updateHead(world, pull);
  world.state.pullRequests.push(pull);
  world.save();
  return pull;
}

async function close(world: World, pull: PullRequest, { merge }: { merge: boolean }): Promise<void> {
  if (pull.state === 'closed') return;
  if (merge) {
    if (pull.mergeCommitSha === undefined) throw new GitHubError(405, 'Pull Request is not mergeable');
    const base = world.state.repositories.find(({ id }) => id === pull.repositoryId);
    if (base === undefined) throw notFound();
    await (await world.git(base)).setRef(`refs/heads/${pull.base.branch}`, pull.mergeCommitSha);
    pull.mergedAt = timestamp();
  }
  pull.state = 'closed';
  pull.closedAt = timestamp();
}

async function reopen(world: World, pull: PullRequest): Promise<void> {
  if (pull.state === 'open') return;
  if (pull.mergedAt !== undefined) {
    throw validationFailed({ resource: 'PullRequest', code: 'invalid', field: 'state' });
  }
  await updateHead(world, pull);
  pull.state = 'open';
  delete pull.closedAt;
}

function anyPullOf(world: World, call: Call): PullRequest {
  const repository = anyRepositoryOf(world, call);
  const pull = world.state.pullRequests.find(
    (one) => one.repositoryId === repository.id && String(one.number) === call.params['number'],
  );
  if (pull === undefined) throw notFound(`there is no pull request ${call.params['number'] ?? ''} there`);
  return pull;
}
