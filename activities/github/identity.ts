import type { Octokit } from 'octokit';
import { userAnswer } from './answers.ts';
import { ask } from './failure.ts';

/** Tells the numeric id of the account that the token logs in as; names change, ids do not. Asked once. */
export type Identity = (signal: AbortSignal) => Promise<number>;

export function createIdentity(octokit: Octokit): Identity {
  let known: number | undefined;
  return async (signal) => {
    known ??= await ask(signal, 'ask whose the token is', async () => {
      const { data } = await octokit.rest.users.getAuthenticated({ request: { signal } });
      return userAnswer.parse(data).id;
    });
    return known;
  };
}
