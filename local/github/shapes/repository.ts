import { repositoryById } from '../world.ts';
import type { World } from '../world.ts';
import type { Repository } from '../state.ts';
import { nodeId } from './schema.ts';
import type { Schema } from './schema.ts';
import { simpleUser } from './user.ts';

/** The address of a repository in the API. */
export function repositoryUrl(world: World, repository: Repository): string {
  return `${world.url}/repos/${repository.owner}/${repository.name}`;
}

/** The address of a repository's page. */
export function repositoryHtmlUrl(world: World, repository: Repository): string {
  return `${world.url}/${repository.owner}/${repository.name}`;
}

export function fullRepository(world: World, repository: Repository): Schema<'full-repository'> {
  const parent =
    repository.parentId === undefined
      ? {}
      : { parent: repositoryShape(world, repositoryById(world, repository.parentId)) };
  return {
    ...common(world, repository),
    ...parent,
    has_discussions: false,
    subscribers_count: 0,
    network_count: 0,
  };
}

/** A repository as it stands inside of other answers. */
export function repositoryShape(world: World, repository: Repository): Schema<'repository'> {
  return { ...common(world, repository), has_downloads: true };
}

function common(world: World, repository: Repository) {
  const html = repositoryHtmlUrl(world, repository);
  const open = world.state.pullRequests.filter(
    (pull) => pull.repositoryId === repository.id && pull.state === 'open',
  ).length;
  const forks = world.state.repositories.filter(({ parentId }) => parentId === repository.id).length;
  return {
    id: repository.id,
    node_id: nodeId('Repository', repository.id),
    name: repository.name,
    full_name: `${repository.owner}/${repository.name}`,
    owner: simpleUser(world, repository.owner),
    private: repository.private,
    visibility: repository.private ? 'private' : 'public',
    html_url: html,
    description: null,
    fork: repository.parentId !== undefined,
    ...links(repositoryUrl(world, repository)),
    git_url: `${html}.git`,
    ssh_url: `${html}.git`,
    clone_url: `${html}.git`,
    svn_url: html,
    mirror_url: null,
    homepage: null,
    language: null,
    license: null,
    forks_count: forks,
    forks,
    stargazers_count: 0,
    watchers_count: 0,
    watchers: 0,
    size: 0,
    default_branch: repository.defaultBranch,
    open_issues_count: open,
    open_issues: open,
    has_issues: true,
    has_projects: false,
    has_wiki: false,
    has_pages: false,
    archived: false,
    disabled: false,
    pushed_at: repository.pushedAt,
    created_at: repository.createdAt,
    updated_at: repository.pushedAt,
  };
}

function links(url: string) {
  return {
    url,
    archive_url: `${url}/{archive_format}{/ref}`,
    assignees_url: `${url}/assignees{/user}`,
    blobs_url: `${url}/git/blobs{/sha}`,
    branches_url: `${url}/branches{/branch}`,
    collaborators_url: `${url}/collaborators{/collaborator}`,
    comments_url: `${url}/comments{/number}`,
    commits_url: `${url}/commits{/sha}`,
    compare_url: `${url}/compare/{base}...{head}`,
    contents_url: `${url}/contents/{+path}`,
    contributors_url: `${url}/contributors`,
    deployments_url: `${url}/deployments`,
    downloads_url: `${url}/downloads`,
    events_url: `${url}/events`,
    forks_url: `${url}/forks`,
    git_commits_url: `${url}/git/commits{/sha}`,
    git_refs_url: `${url}/git/refs{/sha}`,
    git_tags_url: `${url}/git/tags{/sha}`,
    hooks_url: `${url}/hooks`,
    issue_comment_url: `${url}/issues/comments{/number}`,
    issue_events_url: `${url}/issues/events{/number}`,
    issues_url: `${url}/issues{/number}`,
    keys_url: `${url}/keys{/key_id}`,
    labels_url: `${url}/labels{/name}`,
    languages_url: `${url}/languages`,
    merges_url: `${url}/merges`,
    milestones_url: `${url}/milestones{/number}`,
    notifications_url: `${url}/notifications{?since,all,participating}`,
    pulls_url: `${url}/pulls{/number}`,
    releases_url: `${url}/releases{/id}`,
    stargazers_url: `${url}/stargazers`,
    statuses_url: `${url}/statuses/{sha}`,
    subscribers_url: `${url}/subscribers`,
    subscription_url: `${url}/subscription`,
    tags_url: `${url}/tags`,
    teams_url: `${url}/teams`,
    trees_url: `${url}/git/trees{/sha}`,
  };
}
