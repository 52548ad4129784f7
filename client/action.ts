import { createGitHub } from '../activities/github/clients.ts';
import { createCommands } from '../activities/github/commands.ts';
import { createOwnAccount } from '../activities/github/own-account.ts';
import { runAction } from './action/run.ts';

const { GITHUB_API_URL: baseUrl } = process.env;

process.exitCode = await runAction(process.env, (token) => {
  const octokit = createGitHub({ token, ...(baseUrl ? { baseUrl } : {}) });
  return createCommands({ octokit, identity: createOwnAccount(octokit) });
});
