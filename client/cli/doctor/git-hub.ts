import type { Octokit } from 'octokit';
import { createGitHub, isApp } from '../../../activities/github/clients.ts';
import { githubFailure, statusOf } from '../../../activities/github/failure.ts';
import { readGitHubLogin } from '../../../activities/github/login.ts';
import type { Finding } from '../../../domain/diagnosis.ts';
import { bad, good, unknown, warning } from '../../../domain/diagnosis.ts';
import type { Examine } from './patient.ts';
import { unseen } from './place.ts';

/** GitHub as the worker's login sees it: who that is, each repository of the platform, requests left. */
export const examineGitHub: Examine = async ({ platform, env }, signal) => {
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
  const patient = { octokit, env };
  const who = await account(patient, signal);
  if (who.verdict !== 'good' || platform === null) return [who];
  const found = await Promise.all(
    platform.repositories.map(async (name) => await repository(name, patient, signal)),
  );
  return [who, ...found, await budget(octokit, signal)];
};

const mayReach = 'See that the worker may reach GitHub';

interface Asking {
  readonly octokit: Octokit;
  readonly env: NodeJS.ProcessEnv;
}

async function account({ octokit, env }: Asking, signal: AbortSignal): Promise<Finding> {
  const request = { signal };
  try {
    if (await isApp(octokit)) {
      const { data } = await octokit.request('GET /app', { request });
      return good(`knows us as the App ${data?.slug ?? 'without a name'}`);
    }
    const { data } = await octokit.request('GET /user', { request });
    return good(`knows us as ${data.login}`);
  } catch (error) {
    const advice = statusOf(error) === 401 ? 'Give the worker a login that is valid' : mayReach;
    return refusal(error, { env, doing: 'log in', advice });
  }
}

async function repository(fullName: string, { octokit, env }: Asking, signal: AbortSignal): Promise<Finding> {
  const [owner = '', repo = ''] = fullName.split('/');
  try {
    const { data } = await octokit.request('GET /repos/{owner}/{repo}', { owner, repo, request: { signal } });
    const { permissions } = data;
    if (permissions?.push === false && !(await isApp(octokit)))
      return warning(
        `${fullName} may be read, not written to`,
        'The worker writes comments and deployments there: give its account the role Write, or its token these rights',
      );
    return good(`${fullName} is there`);
  } catch (error) {
    const advice = 'See that it is called so, and that the login, or the App’s installation, covers it';
    return refusal(error, { env, doing: `read ${fullName}`, advice });
  }
}

async function budget(octokit: Octokit, signal: AbortSignal): Promise<Finding> {
  try {
    const { data } = await octokit.request('GET /rate_limit', { request: { signal } });
    const { limit, remaining } = data.resources.core;
    const text = `${remaining} of ${limit} requests are left this hour`;
    return remaining < limit / 10 ? warning(text, 'Let nothing else use the same login') : good(text);
  } catch (error) {
    signal.throwIfAborted();
    // an Enterprise Server without limits answers 404
    return unknown(messageOf(error, 'read the rate limit'));
  }
}

/** GitHub said no, or nothing at all. */
function refusal(
  error: unknown,
  {
    env,
    doing,
    advice,
  }: { readonly env: NodeJS.ProcessEnv; readonly doing: string; readonly advice: string },
): Finding {
  const message = messageOf(error, doing);
  return statusOf(error) === null ? unseen(env, message, mayReach) : bad(message, advice);
}

function messageOf(error: unknown, doing: string): string {
  return githubFailure(error, doing).message;
}
