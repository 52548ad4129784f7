import type { GitCommit, GitPerson } from '../git/read-commit.ts';
import type { Change } from '../git/repository.ts';
import type { Repository, User } from '../state.ts';
import type { World } from '../world.ts';
import { repositoryHtmlUrl, repositoryUrl } from './repository.ts';
import { nodeId } from './schema.ts';
import type { Schema } from './schema.ts';
import { simpleUser } from './user.ts';

export async function commitShape(
  world: World,
  repository: Repository,
  sha: string,
): Promise<Schema<'commit'>> {
  const git = await world.git(repository);
  const commit = await git.readCommit(sha);
  const changes = await git.changes(commit.parents[0] ?? emptyTree, sha);
  const root = repositoryUrl(world, repository);
  const html = repositoryHtmlUrl(world, repository);
  const url = `${root}/commits/${sha}`;
  const additions = changes.reduce((all, change) => all + change.additions, 0);
  const deletions = changes.reduce((all, change) => all + change.deletions, 0);
  return {
    url,
    sha,
    node_id: nodeId('Commit', sha),
    html_url: `${html}/commit/${sha}`,
    comments_url: `${url}/comments`,
    commit: innerCommit(root, commit),
    author: accountOf(world, commit.author),
    committer: accountOf(world, commit.committer),
    parents: commit.parents.map((parent) => ({
      sha: parent,
      url: `${root}/commits/${parent}`,
      html_url: `${html}/commit/${parent}`,
    })),
    stats: { additions, deletions, total: additions + deletions },
    files: changes.map((change) => fileShape(change, { root, html, sha })),
  };
}

const emptyTree = '4b825dc642cb6eb9a060e54bf8d69288fbee4904';

function innerCommit(root: string, commit: GitCommit): Schema<'commit'>['commit'] {
  return {
    url: `${root}/git/commits/${commit.sha}`,
    author: commit.author,
    committer: commit.committer,
    message: commit.message,
    comment_count: 0,
    tree: { sha: commit.tree, url: `${root}/git/trees/${commit.tree}` },
    verification: { verified: false, reason: 'unsigned', payload: null, signature: null, verified_at: null },
  };
}

/** The account behind a commit's e-mail address, which GitHub knows for its own noreply addresses. */
function accountOf(world: World, { email }: GitPerson): Schema<'simple-user'> | null {
  const login = email.split('@users.noreply.github.com', 1)[0];
  const known = world.state.users.find((one: User) => one.login === login);
  return known === undefined ? null : simpleUser(world, known.login);
}

function fileShape(
  change: Change,
  { root, html, sha }: { root: string; html: string; sha: string },
): Schema<'diff-entry'> {
  const path = change.path.split('/').map(encodeURIComponent).join('/');
  return {
    sha: null,
    filename: change.path,
    status: change.status,
    additions: change.additions,
    deletions: change.deletions,
    changes: change.additions + change.deletions,
    blob_url: `${html}/blob/${sha}/${path}`,
    raw_url: `${html}/raw/${sha}/${path}`,
    contents_url: `${root}/contents/${path}?ref=${sha}`,
  };
}
