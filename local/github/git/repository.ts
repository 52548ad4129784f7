import { mkdir } from 'node:fs/promises';
import { writeCommit } from './commit.ts';
import type { NewCommit } from './commit.ts';
import { gitIn } from './git.ts';
import { readCommit } from './read-commit.ts';
import type { GitCommit } from './read-commit.ts';

export interface TreeEntry {
  mode: string;
  type: 'blob' | 'tree' | 'commit';
  sha: string;
  /** Bytes of a blob; absent for the rest. */
  size?: number;
  path: string;
}

export interface Change {
  path: string;
  additions: number;
  deletions: number;
  status: 'added' | 'removed' | 'modified';
}

/** A real bare git repository: trees, shas and archives are git's own. */
export interface GitRepository {
  readonly directory: string;
  /** The commit a branch, tag, full ref or (shortened) sha names. */
  resolve(ref: string): Promise<string | undefined>;
  /** Sha of the tree that a commit, ref or tree sha names. */
  tree(name: string): Promise<string | undefined>;
  branchHead(branch: string): Promise<string | undefined>;
  setRef(ref: string, sha: string): Promise<void>;
  /** Brings a branch of another repository in, under `ref`. */
  fetch(options: { from: GitRepository; branch: string; ref: string }): Promise<void>;
  /** Commits onto a branch and moves it; answers with the new commit. */
  commit(commit: NewCommit): Promise<string>;
  /** A merge commit of `head` into `base`, in no branch; undefined when they conflict. */
  merge(options: { base: string; head: string; message: string }): Promise<string | undefined>;
  readCommit(sha: string): Promise<GitCommit>;
  list(tree: string, options?: { recursive?: boolean; path?: string }): Promise<TreeEntry[]>;
  blob(sha: string): Promise<Uint8Array>;
  /** What differs; `sinceFork` compares with where `to` left `from`, as a pull request does. */
  changes(from: string, to: string, options?: { sinceFork?: boolean }): Promise<Change[]>;
  /** Commits reachable from `to` and not from `from`, oldest first. */
  between(from: string, to: string): Promise<string[]>;
  contains(commit: string, ancestor: string): Promise<boolean>;
  /** A gzip tar of a commit, everything below one folder called `folder`. */
  archive(sha: string, folder: string): Promise<Uint8Array>;
}

/** Opens the bare repository in `directory`; `git init` of one that exists changes nothing. */
export async function openGitRepository(directory: string, defaultBranch: string): Promise<GitRepository> {
  await mkdir(directory, { recursive: true });
  const git = gitIn(directory);
  await git.text(['init', '--quiet', '--bare', '--initial-branch', defaultBranch]);
  const resolve = async (name: string, type: 'commit' | 'tree') =>
    isPlainName(name)
      ? git.maybe(['rev-parse', '--verify', '--quiet', '--end-of-options', `${name}^{${type}}`])
      : undefined;

  return {
    directory,
    resolve: (ref) => resolve(ref, 'commit'),
    tree: (name) => resolve(name, 'tree'),
    branchHead: (branch) => resolve(`refs/heads/${branch}`, 'commit'),
    setRef: async (ref, sha) => {
      await git.text(['update-ref', ref, sha]);
    },
    fetch: async ({ from, branch, ref }) => {
      await git.text(['fetch', '--quiet', '--no-tags', from.directory, `+refs/heads/${branch}:${ref}`]);
    },
    commit: (commit) => writeCommit(git, commit),
    merge: async ({ base, head, message }) => {
      const merged = await git.maybe(['merge-tree', '--write-tree', base, head]);
      const tree = merged?.split('\n', 1)[0];
      if (tree === undefined) return undefined;
      return git.text(['commit-tree', tree, '-p', base, '-p', head], { input: message, env: githubIdentity });
    },
    readCommit: (sha) => readCommit(git, sha),
    list: async (tree, { recursive = false, path } = {}) => {
      const flags = recursive ? ['-r', '-t'] : [];
      const paths = path === undefined ? [] : ['--', path];
      const out = await git.text(['ls-tree', '-z', '--long', ...flags, tree, ...paths]);
      return out.split('\0').filter(Boolean).map(parseTreeEntry);
    },
    blob: (sha) => git.bytes(['cat-file', 'blob', sha]),
    changes: async (from, to, { sinceFork = false } = {}) => {
      const diff = ['diff', '--no-renames', ...(sinceFork ? ['--merge-base'] : [])];
      const numbers = await git.text([...diff, '--numstat', from, to]);
      const states = await git.text([...diff, '--name-status', from, to]);
      return parseChanges(numbers, states);
    },
    between: async (from, to) => {
      const out = await git.text(['rev-list', '--reverse', `${from}..${to}`]);
      return out.split('\n').filter(Boolean);
    },
    contains: async (commit, ancestor) =>
      (await git.maybe(['merge-base', '--is-ancestor', ancestor, commit])) !== undefined,
    archive: (sha, folder) => git.bytes(['archive', '--format=tar.gz', `--prefix=${folder}/`, sha]),
  };
}

const githubIdentity = {
  GIT_AUTHOR_NAME: 'GitHub',
  GIT_AUTHOR_EMAIL: 'noreply@github.com',
  GIT_COMMITTER_NAME: 'GitHub',
  GIT_COMMITTER_EMAIL: 'noreply@github.com',
};

/** GitHub takes names, not git's expressions (`main~1`, `@{1}`, `a:b`). */
function isPlainName(name: string): boolean {
  return name !== '' && !/[~^:?*[\\\s]|\.\.|@\{/.test(name);
}

function parseTreeEntry(line: string): TreeEntry {
  const [about = '', path = ''] = line.split('\t', 2);
  const [mode = '', type = '', sha = '', size = '-'] = about.split(/ +/);
  return {
    mode,
    type: type as TreeEntry['type'],
    sha,
    path,
    ...(size === '-' ? {} : { size: Number(size) }),
  };
}

function parseChanges(numbers: string, states: string): Change[] {
  const stateOf = new Map(
    states.split('\n').map((line): [string, string] => [line.slice(line.indexOf('\t') + 1), line.charAt(0)]),
  );
  return numbers
    .split('\n')
    .filter(Boolean)
    .map((line) => {
      const [added = '-', removed = '-', ...rest] = line.split('\t');
      const path = rest.join('\t');
      const state = stateOf.get(path);
      return {
        path,
        // Git prints - for binary files.
        additions: Number(added) || 0,
        deletions: Number(removed) || 0,
        status: state === 'A' ? 'added' : state === 'D' ? 'removed' : 'modified',
      };
    });
}
