import type { components } from '@octokit/openapi-types';
import type { LoggedRequest } from './control/routes.ts';
import type { Fault } from './faults.ts';
import type { HeldVersion } from './packages/versions.ts';
import type { Deployment, Dispatch, HookDelivery, Package, Repository, Role } from './state.ts';

type Schemas = components['schemas'];
interface RepositoryName {
  owner: string;
  repo: string;
}
type Numbered = RepositoryName & { number: number };

/** What a commit holds: a folder as the whole tree, files written over it (null deletes), or both. */
interface CommitContent {
  folder?: string;
  files?: Record<string, string | null>;
  message?: string;
  author?: string;
}

/** An App as its maker knows it. */
export interface MadeApp {
  id: number;
  slug: string;
  clientId: string;
  /** Login of the account that it acts as. */
  bot: string;
  /** PEM (PKCS#1), told this once. */
  privateKey: string;
}

/** The stand-in's own API: plays the people who push, open and close, and orders faults. */
export interface GitHubControl {
  /** Where people reach it, and the robot's login and token. */
  about(): Promise<{ url: string; token: string; robot: string; pid: number }>;
  /** Answers with the repository, also where it exists already. `defaultBranch` is `main` unless given. */
  createRepository(about: {
    owner: string;
    name: string;
    defaultBranch?: string;
    private?: boolean;
  }): Promise<Repository>;
  createFork(about: RepositoryName & { by: string }): Promise<Repository>;
  /** Commits to a branch (default the default one; a new one starts there); open pull requests follow. */
  commit(about: RepositoryName & CommitContent & { branch?: string }): Promise<{ sha: string }>;
  /** Points a branch at any commit, as a force-push does. */
  moveBranch(about: RepositoryName & { branch: string; sha: string }): Promise<void>;
  /** `head` is a branch, or `owner:branch` of a fork. `number` default: the next one. */
  openPullRequest(
    about: RepositoryName & {
      head: string;
      base?: string;
      title: string;
      body?: string;
      author?: string;
      draft?: boolean;
      number?: number;
    },
  ): Promise<Schemas['pull-request']>;
  pullRequest(about: Numbered): Promise<Schemas['pull-request']>;
  /** Commits to the pull request's branch, in its fork if it comes from one. */
  pushToPullRequest(about: Numbered & CommitContent): Promise<{ sha: string }>;
  closePullRequest(about: Numbered & { merge?: boolean }): Promise<void>;
  reopenPullRequest(about: Numbered): Promise<void>;
  setDraft(about: Numbered & { draft: boolean }): Promise<void>;
  /** Names of all labels that it then has. */
  setLabels(about: Numbered & { labels: readonly string[] }): Promise<void>;
  setPermission(about: RepositoryName & { user: string; permission: Role }): Promise<void>;
  addMember(about: { organization: string; user: string }): Promise<void>;
  /** Writes a comment as anybody. */
  comment(about: Numbered & { author: string; body: string }): Promise<Schemas['issue-comment']>;
  comments(about: Numbered): Promise<Schemas['issue-comment'][]>;
  /** Deployments with all their statuses, oldest first. */
  deployments(about: RepositoryName): Promise<Deployment[]>;
  /** Workflows that were started, oldest first. */
  dispatches(about: RepositoryName): Promise<Dispatch[]>;
  /**
   * Shows a repository of a real registry as a package of GitHub's: what has a tag there and what an index names are its
   * versions by themselves, `digests` those that have lost theirs. Answers with all of them, newest first.
   */
  showPackage(
    about: Pick<Package, 'owner' | 'name' | 'repository'> &
      Partial<Pick<Package, 'visibility'>> & { digests?: readonly string[] },
  ): Promise<HeldVersion[]>;
  setDownloads(about: { digest: string; downloads: number }): Promise<void>;
  /** A token that logs in as that user; of a classic one's `scopes`, default all. */
  createToken(about: { login: string; scopes?: readonly string[] }): Promise<string>;
  createApp(about: { slug: string; owner: string }): Promise<MadeApp>;
  /** Installs an App for an account: for those of its repositories, or for `all` (the default). */
  installApp(about: { appId: number; account: string; repositories?: string[] }): Promise<{ id: number }>;
  uninstallApp(about: { installationId: number }): Promise<void>;
  /** Makes every installation's token invalid, whatever was said of its end. */
  expireInstallationTokens(): Promise<void>;
  /** Notes an attempt at an App's webhook, `ageMs` ago; the next one is answered with `nextStatusCode` (200). */
  addHookDelivery(
    about: Pick<HookDelivery, 'appId' | 'guid' | 'statusCode'> &
      Partial<Pick<HookDelivery, 'event' | 'action' | 'nextStatusCode'>> & { ageMs?: number },
  ): Promise<HookDelivery>;
  /** All attempts, oldest first. */
  hookDeliveries(): Promise<HookDelivery[]>;
  addFault(fault: Fault): Promise<void>;
  clearFaults(): Promise<void>;
  /** What was asked so far, oldest first; the last 5,000. */
  requests(): Promise<LoggedRequest[]>;
  clearRequests(): Promise<void>;
}

/** A client for the control API of the stand-in at `url`. Each call rejects with the stand-in's own words. */
export function controlOf(url: string): GitHubControl {
  const send = sender(url);
  const repo = (about: RepositoryName) => `/_control/repos/${about.owner}/${about.repo}`;
  const pull = (about: Numbered) => `${repo(about)}/pulls/${String(about.number)}`;
  const change = async (about: Numbered, body: unknown) => {
    await send('PATCH', pull(about), body);
  };
  const commit: GitHubControl['commit'] = (about) => send('POST', `${repo(about)}/commits`, about);
  const pullRequest: GitHubControl['pullRequest'] = (about) => send('GET', pull(about));

  return {
    about: () => send('GET', '/_control'),
    createRepository: (about) => send('POST', '/_control/repos', about),
    createFork: (about) => send('POST', `${repo(about)}/forks`, { owner: about.by }),
    commit,
    moveBranch: (about) => send('PUT', `${repo(about)}/branches/${about.branch}`, { sha: about.sha }),
    openPullRequest: (about) => send('POST', `${repo(about)}/pulls`, about),
    pullRequest,
    pushToPullRequest: async (about) => {
      const { head } = await pullRequest(about);
      return commit({ ...about, owner: head.repo.owner.login, repo: head.repo.name, branch: head.ref });
    },
    closePullRequest: (about) => change(about, { state: 'closed', merge: about.merge ?? false }),
    reopenPullRequest: (about) => change(about, { state: 'open' }),
    setDraft: (about) => change(about, { draft: about.draft }),
    setLabels: (about) => change(about, { labels: about.labels }),
    setPermission: async (about) => {
      await send('PUT', `${repo(about)}/permissions`, about);
    },
    addMember: async ({ organization, user }) => {
      await send('PUT', `/_control/orgs/${organization}/members/${user}`, {});
    },
    comment: (about) => send('POST', `${repo(about)}/issues/${String(about.number)}/comments`, about),
    comments: (about) => send('GET', `${repo(about)}/issues/${String(about.number)}/comments`),
    deployments: (about) => send('GET', `${repo(about)}/deployments`),
    dispatches: (about) => send('GET', `${repo(about)}/dispatches`),
    showPackage: (about) => send('PUT', '/_control/packages', about),
    setDownloads: (about) => send('PUT', '/_control/package-downloads', about),
    createToken: async (about) => (await send<{ token: string }>('POST', '/_control/tokens', about)).token,
    createApp: (about) => send('POST', '/_control/apps', about),
    installApp: (about) => send('POST', '/_control/installations', about),
    uninstallApp: ({ installationId }) =>
      send('DELETE', `/_control/installations/${String(installationId)}`, {}),
    expireInstallationTokens: () => send('DELETE', '/_control/installation-tokens', {}),
    addHookDelivery: (about) => send('POST', '/_control/hook-deliveries', about),
    hookDeliveries: () => send('GET', '/_control/hook-deliveries'),
    addFault: (fault) => send('POST', '/_control/faults', fault),
    clearFaults: () => send('DELETE', '/_control/faults', {}),
    requests: () => send('GET', '/_control/requests'),
    clearRequests: () => send('DELETE', '/_control/requests', {}),
  };
}

function sender(url: string): <T>(method: string, path: string, body?: unknown) => Promise<T> {
  return async <T>(method: string, path: string, body?: unknown) => {
    const answer = await fetch(`${url}${path}`, {
      method,
      signal: AbortSignal.timeout(30_000),
      ...(body === undefined
        ? {}
        : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`GitHub stand-in, ${method} ${path}: ${String(answer.status)} ${text}`);
    return (text === '' ? undefined : JSON.parse(text)) as T;
  };
}
