import type { Octokit } from 'octokit';
import { createGitHub, isApp } from '../../../activities/github/clients.ts';
import { githubFailure, statusOf } from '../../../activities/github/failure.ts';
import { readGitHubLogin } from '../../../activities/github/login.ts';
import type { Finding } from '../../../domain/diagnosis.ts';
import { bad, good, unknown, warning } from '../../../domain/diagnosis.ts';
import type { Examine } from './patient.ts';

export const examineGitHub: Examine = async ({ platform, env }) => {
  const problems: string[] = [];
  const login = readGitHubLogin(env, problems);
  if (!env['GITHUB_TOKEN'] && !env['GITHUB_APP_ID'])
    return [unknown('neither GITHUB_TOKEN nor GITHUB_APP_ID is set here: run this where the worker runs')];
  if (problems.length > 0) return problems.map((problem) => bad('the login cannot be used', problem));
  const octokit = createGitHub({
    ...login,
    baseUrl: env['GITHUB_API_URL'] || 'https://api.github.com',
    timeoutMs: 8_000,
  });
  const who = await account(octokit);
  if (who.verdict === 'bad' || platform === null) return [who];
  const found = await Promise.all(platform.repositories.map(async (name) => await repository(octokit, name)));
  return [who, ...found, await budget(octokit)];
};

async function account(octokit: Octokit): Promise<Finding> {
  try {
    if (await isApp(octokit)) {
      const { data } = await octokit.request('GET /app');
      return good(`knows us as the App ${data?.slug ?? 'without a name'}`);
    }
    const { data } = await octokit.request('GET /user');
    return good(`knows us as ${data.login}`);
  } catch (error) {
    const advice =
      statusOf(error) === 401
        ? 'Give the worker a token that is valid'
        : 'See that the worker may reach GitHub';
    return bad(messageOf(error, 'log in'), advice);
  }
}

async function repository(octokit: Octokit, fullName: string): Promise<Finding> {
  const [owner = '', repo = ''] = fullName.split('/');
  try {
    const { data } = await octokit.request('GET /repos/{owner}/{repo}', { owner, repo });
    const { permissions } = data;
    if (permissions?.push === false && !(await isApp(octokit)))
      return warning(
        `${fullName} may be read, not written to`,
        'The worker writes comments and deployments there: give its account the role Write, or its token these rights',
      );
    return good(`${fullName} is there`);
  } catch (error) {
    return bad(
      messageOf(error, `read ${fullName}`),
      'See that it is called so, and that the login, or the App’s installation, covers it',
    );
  }
}

async function budget(octokit: Octokit): Promise<Finding> {
  try {
    const { data } = await octokit.request('GET /rate_limit');
    const { limit, remaining } = data.resources.core;
    const text = `${remaining} of ${limit} requests are left this hour`;
    return remaining < limit / 10 ? warning(text, 'Let nothing else use the same login') : good(text);
  } catch (error) {
    // an Enterprise Server without limits answers 404
    return unknown(messageOf(error, 'read the rate limit'));
  }
}

function messageOf(error: unknown, doing: string): string {
  return githubFailure(error, doing).message;
}
