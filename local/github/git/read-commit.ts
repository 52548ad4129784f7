import type { Git } from './git.ts';

export interface GitPerson {
  name: string;
  email: string;
  /** ISO 8601, UTC, whole seconds, as GitHub prints times. */
  date: string;
}

export interface GitCommit {
  sha: string;
  tree: string;
  parents: string[];
  author: GitPerson;
  committer: GitPerson;
  message: string;
}

const fields = ['%H', '%T', '%P', '%an', '%ae', '%at', '%cn', '%ce', '%ct', '%B'];

export async function readCommit(git: Git, sha: string): Promise<GitCommit> {
  const out = await git.text(['show', '--no-patch', `--format=${fields.join('%x00')}`, sha]);
  const [
    hash = '',
    tree = '',
    parents = '',
    an = '',
    ae = '',
    at = '',
    cn = '',
    ce = '',
    ct = '',
    message = '',
  ] = out.split('\0');
  return {
    sha: hash,
    tree,
    parents: parents.split(' ').filter(Boolean),
    author: { name: an, email: ae, date: isoSeconds(at) },
    committer: { name: cn, email: ce, date: isoSeconds(ct) },
    message: message.trimEnd(),
  };
}

function isoSeconds(unix: string): string {
  return new Date(Number(unix) * 1000).toISOString().replace('.000Z', 'Z');
}
