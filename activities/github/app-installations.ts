import type { createAppAuth } from '@octokit/auth-app';
import { installationAnswer } from './answers.ts';

export type AppAuth = ReturnType<typeof createAppAuth>;
export type Hook = AppAuth['hook'];
export type SendRequest = Parameters<Hook>[0];
export type GitHubResponse = Awaited<ReturnType<Hook>>;

/** Which of an App's installations a request is for. */
export interface Installations {
  /**
   * The id of the installation in the account that a path names, by a repository or as an organisation. A path that names
   * none gets one that is known already, else any: what such a path tells is the same for all.
   *
   * @throws GitHub's answer: 404 where the App is not installed.
   */
  of(path: string, send: SendRequest): Promise<number>;
  /** Asks GitHub again the next time: the installation that this path got is gone. */
  forget(path: string): void;
  /** Learns from an answer what GitHub calls a repository in the addresses of further pages. */
  learn(path: string, answer: GitHubResponse): void;
}

/** @param app asks GitHub as the App itself. */
export function createInstallations(app: AppAuth): Installations {
  const byOwner = new Map<string, Promise<number>>();
  const ownerOfRepository = new Map<string, string>();

  const ask = async (send: SendRequest, path: string): Promise<unknown> => {
    const { data } = await app.hook(send, `GET ${path}`);
    return data;
  };
  const look = async ({ owner, at }: Account, send: SendRequest): Promise<number> => {
    try {
      return installationAnswer.parse(await ask(send, `${at}/installation`)).id;
    } catch (error) {
      byOwner.delete(owner);
      if (error instanceof Error && 'status' in error && error.status === 404)
        error.message = `the GitHub App is not installed for ${at.replace(/^\/\w+\//, '')}`;
      throw error;
    }
  };
  const any = async (send: SendRequest): Promise<number> => {
    const known = byOwner.values().next().value;
    if (known !== undefined) return await known;
    const [first] = installationAnswer.array().parse(await ask(send, '/app/installations?per_page=1'));
    if (first === undefined) throw new Error('the GitHub App is not installed for any account');
    return first.id;
  };

  const ownerIn = (path: string): string =>
    accountIn(path)?.owner ?? ownerOfRepository.get(repositoryIdIn(path) ?? '') ?? '';

  return {
    of: async (path, send) => {
      // Another's question, which may have been about a repository where the App is not.
      const asked = byOwner.get(ownerIn(path));
      const known = asked && (await asked.catch(() => undefined));
      if (known !== undefined) return known;
      const named = accountIn(path);
      if (named === null) return await any(send);
      const found = look(named, send);
      byOwner.set(named.owner, found);
      return await found;
    },
    forget: (path) => {
      byOwner.delete(ownerIn(path));
    },
    learn: (path, { headers }) => {
      const id = repositoryIdIn(headers.link ?? '');
      const named = accountIn(path);
      if (id !== undefined && named !== null) ownerOfRepository.set(id, named.owner);
    },
  };
}

interface Account {
  /** In lower case. */
  readonly owner: string;
  /** Below which path GitHub tells of its installation. */
  readonly at: string;
}

function accountIn(path: string): Account | null {
  const [at, owner] = /^\/repos\/([^/?]+)\/[^/?]+/.exec(path) ?? /^\/orgs\/([^/?]+)/.exec(path) ?? [];
  return at === undefined || owner === undefined ? null : { at, owner: owner.toLowerCase() };
}

/** GitHub's links to further pages name a repository by its id: `/repositories/1300192/issues/7/comments?page=2`. */
function repositoryIdIn(address: string): string | undefined {
  return /\/repositories\/(\d+)\//.exec(address)?.[1];
}
