import { parseDuration } from '../../domain/lifetime.ts';
import { isRef } from '../../domain/preview-input.ts';
import type { PullRequestRef } from '../../domain/pull-request.ts';
import { ClientError } from '../exit-codes.ts';

/**
 * The pull request a person means: `owner/name#7`, its URL, or a number of the repository that is given besides.
 *
 * @throws {ClientError} `usage`.
 */
export function readPullRequest(word: string | undefined, repository: string | undefined): PullRequestRef {
  const text = word ?? '';
  const full =
    /^(?<owner>[^/#\s]+)\/(?<name>[^/#\s]+)(?:#|\/pull\/)(?<number>\d+)$/.exec(text) ??
    /^https?:\/\/[^/]+\/(?<owner>[^/]+)\/(?<name>[^/]+)\/pull\/(?<number>\d+)(?:[/?#].*)?$/.exec(text);
  if (full?.groups) {
    const { owner = '', name = '', number = '' } = full.groups;
    return checked({ owner, repository: name, number: Number(number) }, text);
  }
  if (!/^#?\d+$/.test(text)) throw usage(`wanted a pull request such as owner/name#7, got "${text}"`);
  if (repository === undefined) {
    throw usage(`"${text}" is a number without a repository: write owner/name#${text}, or give --repository`);
  }
  const { owner, name } = readRepository(repository);
  return checked({ owner, repository: name, number: Number(text.replace('#', '')) }, text);
}

/** @throws {ClientError} `usage` unless it is `owner/name` in GitHub's alphabet. */
export function readRepository(word: string): { owner: string; name: string } {
  const [owner = '', name = '', ...rest] = word.split('/');
  if (rest.length === 0 && isRef({ owner, repository: name, number: 1 })) return { owner, name };
  throw usage(`wanted a repository as owner/name, got "${word}"`);
}

/** Milliseconds. @throws {ClientError} `usage`. */
export function readDuration(word: string, flag: string): number {
  const milliseconds = parseDuration(word);
  if (milliseconds !== null && milliseconds > 0) return milliseconds;
  throw usage(`wanted ${flag} as a duration such as 30s or 10m, got "${word}"`);
}

/** What `--wait` allows, in milliseconds; null when it was not given. @throws {ClientError} `usage`. */
export function readWait(wait: string | true | undefined): number | null {
  if (wait === undefined) return null;
  return readDuration(wait === true ? defaultWait : wait, '--wait');
}

/** File of the platform config: `--platform`, else `PREVIEW_PLATFORM_CONFIG`; undefined: none is named. */
export function platformFileOf(
  { platform }: { readonly platform?: string },
  env: NodeJS.ProcessEnv,
): string | undefined {
  return platform ?? (env['PREVIEW_PLATFORM_CONFIG'] || undefined);
}

const defaultWait = '30m';

/** Who gives the command, as far as the environment tells: for those who read of it later, never for deciding. */
export function personOf(env: NodeJS.ProcessEnv): string | null {
  return env['GITHUB_ACTOR'] || env['USER'] || null;
}

/** A full commit hash, lower-cased. @throws {ClientError} `usage`. */
export function readCommit(word: string, flag: string): string {
  const commit = word.toLowerCase();
  if (/^[0-9a-f]{40}$/.test(commit)) return commit;
  throw usage(`wanted ${flag} as a full commit of 40 hex digits, got "${word}"`);
}

export function usage(message: string): ClientError {
  return new ClientError('usage', message);
}

function checked(ref: PullRequestRef, text: string): PullRequestRef {
  if (isRef(ref)) return ref;
  throw usage(`"${text}" is no pull request: GitHub has no such owner, name or number`);
}
