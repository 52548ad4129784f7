import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Git } from './git.ts';

export interface NewCommit {
  branch: string;
  message: string;
  author: string;
  /** Where a branch that does not exist yet starts; absent makes a commit without parent. */
  startingAt?: string | undefined;
  /** A folder on disk that becomes the whole tree; what its .gitignore names stays out. */
  folder?: string | undefined;
  /** Files written over the tree (over the parent's, without `folder`); null deletes. */
  files?: Record<string, string | null> | undefined;
}

/** Writes a commit onto a branch and moves the branch to it; answers with its sha. */
export async function writeCommit(git: Git, commit: NewCommit): Promise<string> {
  await git.text(['check-ref-format', '--branch', commit.branch]);
  const scratch = await mkdtemp(join(tmpdir(), 'github-index-'));
  const env = { GIT_INDEX_FILE: join(scratch, 'index') };
  try {
    const ref = `refs/heads/${commit.branch}`;
    const parent = (await git.maybe(['rev-parse', '--verify', '--quiet', ref])) ?? commit.startingAt;
    if (commit.folder !== undefined) {
      await git.text(['add', '--all', '.'], { env, workTree: commit.folder });
    } else if (parent !== undefined) {
      await git.text(['read-tree', parent], { env });
    }
    await git.text(['update-index', '-z', '--index-info'], {
      env,
      input: await indexInfo(git, commit.files),
    });
    const tree = await git.text(['write-tree'], { env });
    const parents = parent === undefined ? [] : ['-p', parent];
    const sha = await git.text(['commit-tree', tree, ...parents], {
      input: commit.message,
      env: identity(commit.author),
    });
    await git.text(['update-ref', ref, sha]);
    return sha;
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

async function indexInfo(git: Git, files: NewCommit['files'] = {}): Promise<string> {
  const lines: string[] = [];
  for (const [path, content] of Object.entries(files)) {
    if (content === null) {
      lines.push(`0 ${'0'.repeat(40)}\t${path}\0`);
    } else {
      const sha = await git.text(['hash-object', '-w', '--stdin'], { input: content });
      lines.push(`100644 ${sha}\t${path}\0`);
    }
  }
  return lines.join('');
}

function identity(login: string): Record<string, string> {
  const email = `${login}@users.noreply.github.com`;
  return {
    GIT_AUTHOR_NAME: login,
    GIT_AUTHOR_EMAIL: email,
    GIT_COMMITTER_NAME: login,
    GIT_COMMITTER_EMAIL: email,
  };
}
