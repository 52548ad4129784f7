import type { PullRequest } from '../state.ts';
import { commentsOf, repositoryById } from '../world.ts';
import type { World } from '../world.ts';
import { authorAssociation } from './author-association.ts';
import { repositoryHtmlUrl, repositoryShape, repositoryUrl } from './repository.ts';
import { nodeId } from './schema.ts';
import type { Schema } from './schema.ts';
import { simpleUser } from './user.ts';

/** A pull request as `GET …/pulls/{n}` answers it. */
export async function pullRequestShape(world: World, pull: PullRequest): Promise<Schema<'pull-request'>> {
  const git = await world.git(repositoryById(world, pull.repositoryId));
  const changes = await git.changes(pull.base.sha, pull.head.sha, { sinceFork: true });
  const sum = (field: 'additions' | 'deletions') => changes.reduce((all, change) => all + change[field], 0);
  return {
    ...common(world, pull),
    state: pull.state,
    merged: pull.mergedAt !== undefined,
    mergeable: pull.state === 'closed' ? null : pull.mergeCommitSha !== undefined,
    mergeable_state: mergeableState(pull),
    merged_by: null,
    comments: commentsOf(world, pull).length,
    review_comments: 0,
    maintainer_can_modify: false,
    commits: (await git.between(pull.base.sha, pull.head.sha)).length,
    additions: sum('additions'),
    deletions: sum('deletions'),
    changed_files: changes.length,
  };
}

/** A pull request as it stands in a list. */
export function pullRequestSimple(world: World, pull: PullRequest): Schema<'pull-request-simple'> {
  return common(world, pull);
}

/** The address of a pull request's page. */
function pullRequestHtmlUrl(world: World, pull: PullRequest): string {
  const repository = repositoryById(world, pull.repositoryId);
  return `${repositoryHtmlUrl(world, repository)}/pull/${String(pull.number)}`;
}

function common(world: World, pull: PullRequest) {
  const repository = repositoryById(world, pull.repositoryId);
  const root = repositoryUrl(world, repository);
  const url = `${root}/pulls/${String(pull.number)}`;
  const issue = `${root}/issues/${String(pull.number)}`;
  const html = pullRequestHtmlUrl(world, pull);
  const statuses = `${root}/statuses/${pull.head.sha}`;
  return {
    url,
    id: pull.id,
    node_id: nodeId('PullRequest', pull.id),
    html_url: html,
    diff_url: `${html}.diff`,
    patch_url: `${html}.patch`,
    issue_url: issue,
    commits_url: `${url}/commits`,
    review_comments_url: `${url}/comments`,
    review_comment_url: `${root}/pulls/comments{/number}`,
    comments_url: `${issue}/comments`,
    statuses_url: statuses,
    number: pull.number,
    state: pull.state,
    locked: false,
    title: pull.title,
    user: simpleUser(world, pull.author),
    body: pull.body,
    labels: (pull.labels ?? []).map((name) => labelShape(root, name)),
    milestone: null,
    created_at: pull.createdAt,
    updated_at: pull.updatedAt,
    closed_at: pull.closedAt ?? null,
    merged_at: pull.mergedAt ?? null,
    merge_commit_sha: pull.mergeCommitSha ?? null,
    assignee: null,
    assignees: [],
    requested_reviewers: [],
    requested_teams: [],
    draft: pull.draft,
    head: end(world, pull.head),
    base: end(world, { ...pull.base, repositoryId: pull.repositoryId }),
    _links: {
      self: { href: url },
      html: { href: html },
      issue: { href: issue },
      comments: { href: `${issue}/comments` },
      review_comments: { href: `${url}/comments` },
      review_comment: { href: `${root}/pulls/comments{/number}` },
      commits: { href: `${url}/commits` },
      statuses: { href: statuses },
    },
    author_association: authorAssociation(repository, pull.author),
    auto_merge: null,
  };
}

function labelShape(root: string, name: string) {
  return {
    // made of the name: a label is nothing more here
    id: Buffer.from(name).reduce((sum, byte) => (sum * 31 + byte) % 1_000_000_007, 7),
    node_id: Buffer.from(name).toString('base64'),
    url: `${root}/labels/${encodeURIComponent(name)}`,
    name,
    description: '',
    color: 'ededed',
    default: false,
  };
}

function end(world: World, { repositoryId, branch, sha }: PullRequest['head']) {
  const repository = repositoryById(world, repositoryId);
  return {
    label: `${repository.owner}:${branch}`,
    ref: branch,
    sha,
    user: simpleUser(world, repository.owner),
    repo: repositoryShape(world, repository),
  };
}

function mergeableState(pull: PullRequest): string {
  if (pull.state === 'closed') return 'unknown';
  if (pull.mergeCommitSha === undefined) return 'dirty';
  return pull.draft ? 'draft' : 'clean';
}
