import { ApplicationFailure } from '@temporalio/common';
import type { Octokit } from 'octokit';
import { userAnswer } from './answers.ts';
import { ask } from './failure.ts';
import type { Identity } from './identity.ts';
import { createIdentity } from './identity.ts';

/** Under this name a job's own token writes. */
const jobAccount = 'github-actions[bot]';

/**
 * Whose the token is that a job has: somebody's, who can be asked for, or the job's own, which may not ask. (The token
 * of another App may not either, and its account is taken for the job's: what it answered before is not found again.)
 */
export function createOwnAccount(octokit: Octokit): Identity {
  const asked = createIdentity(octokit);
  let known: number | undefined;
  return async (signal) => {
    known ??= await asked(signal).catch(async (error: unknown) => {
      if (!(error instanceof ApplicationFailure && error.type === 'GitHubDenied')) throw error;
      return await ask(signal, `look up ${jobAccount}`, async () => {
        const { data } = await octokit.rest.users.getByUsername({
          username: jobAccount,
          request: { signal },
        });
        return userAnswer.parse(data).id;
      });
    });
    return known;
  };
}
