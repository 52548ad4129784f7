import { GitHubError } from '../http/errors.ts';
import type { PullRequest, Repository } from '../state.ts';
import { repositoryById, timestamp } from '../world.ts';
import type { World } from '../world.ts';

/** Moves the head of every open pull request that comes from this branch, as a push does. */
export async function followBranch(world: World, repository: Repository, branch: string): Promise<void> {
  const following = world.state.pullRequests.filter(
    ({ state, head }) => state === 'open' && head.repositoryId === repository.id && head.branch === branch,
  );
  for (const pull of following) await updateHead(world, pull);
}

/** Reads head and base anew and keeps `refs/pull/<n>/head` and `/merge` in the base's repository. */
export async function updateHead(world: World, pull: PullRequest): Promise<void> {
  const base = repositoryById(world, pull.repositoryId);
  const git = await world.git(base);
  const ref = `refs/pull/${String(pull.number)}`;
  const from = await world.git(repositoryById(world, pull.head.repositoryId));
  await git.fetch({ from, branch: pull.head.branch, ref: `${ref}/head` });
  const head = await git.resolve(`${ref}/head`);
  const baseSha = await git.branchHead(pull.base.branch);
  if (head === undefined || baseSha === undefined) {
    throw new GitHubError(422, `${pull.base.branch} or ${pull.head.branch} has no commit`);
  }
  const merged = await git.merge({ base: baseSha, head, message: `Merge ${head} into ${baseSha}` });
  pull.head.sha = head;
  pull.base.sha = baseSha;
  delete pull.mergeCommitSha;
  if (merged !== undefined) {
    pull.mergeCommitSha = merged;
    await git.setRef(`${ref}/merge`, merged);
  }
  pull.updatedAt = timestamp();
}
