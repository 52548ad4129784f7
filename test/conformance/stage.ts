import { Octokit } from 'octokit';
import { createGitHub } from '../../activities/github/clients.ts';
import type { GitHubLogin } from '../../activities/github/login.ts';
import type { PullRequestRef } from '../../domain/pull-request.ts';
import type { MadeApp } from '../../local/github/control.ts';
import type { GitHubStandIn } from '../../local/github/server.ts';
import { recording } from './exchange.ts';
import type { Exchange } from './exchange.ts';

/** Where links to further pages lead back to; see `recording`. */
export const at = { owner: 'example', repo: 'videocall' };

/** A stand-in with something in it, and clients whose requests and answers are kept. */
export interface Stage {
  readonly github: GitHubStandIn;
  readonly app: MadeApp;
  /** Our own client, as our own code has it. */
  readonly ours: (login?: GitHubLogin) => Octokit;
  /** A client for what our code does not ask, and one with another token. */
  readonly direct: Octokit;
  readonly as: (token: string) => Octokit;
  /** An open pull request, and its head. */
  readonly ref: PullRequestRef;
  readonly sha: string;
  readonly exchanges: { readonly ours: Exchange[]; readonly direct: Exchange[] };
}

export async function setStage(github: GitHubStandIn): Promise<Stage> {
  const { control, token, url } = github;
  await control.createRepository({ owner: at.owner, name: at.repo });
  const files = {
    'preview.yaml': 'services: {}\n',
    'helm/Chart.yaml': 'name: x\n',
    '.github/workflows/build.yaml': 'on: { workflow_dispatch: { inputs: { number: {}, commit: {} } } }\n',
  };
  await control.commit({ ...at, files });
  await control.addMember({ organization: at.owner, user: 'mona' });
  const { sha } = await control.commit({ ...at, branch: 'topic/one', files: { 'a.txt': 'a' } });
  const { number } = await control.openPullRequest({ ...at, head: 'topic/one', title: 'One' });
  const app = await control.createApp({ slug: 'pr-preview', owner: 'example' });
  await control.installApp({ appId: app.id, account: 'example' });
  const exchanges = { ours: [] as Exchange[], direct: [] as Exchange[] };
  const as = (auth: string): Octokit =>
    new Octokit({
      auth,
      baseUrl: url,
      retry: { enabled: false },
      throttle: { enabled: false },
      log: { debug: nothing, info: nothing, warn: nothing, error: nothing },
      request: { fetch: recording(url, exchanges.direct) },
    });
  return {
    github,
    app,
    ours: (login = { token }) =>
      createGitHub({ ...login, baseUrl: url, fetch: recording(url, exchanges.ours) }),
    direct: as(token),
    as,
    ref: { owner: at.owner, repository: at.repo, number },
    sha,
    exchanges,
  };
}

function nothing(): void {}
