import type { Octokit } from 'octokit';
import { appAnswer, userAnswer } from './answers.ts';
import { isApp } from './clients.ts';
import { ask } from './failure.ts';

/** Tells the numeric id of the account that our comments are by; names change, ids do not. Asked once. */
export type Identity = (signal: AbortSignal) => Promise<number>;

/** A token's own account, or the bot that a GitHub App acts as. */
export function createIdentity(octokit: Octokit): Identity {
  let known: number | undefined;
  return async (signal) => {
    known ??= (await isApp(octokit)) ? await askForBot(octokit, signal) : await askForUser(octokit, signal);
    return known;
  };
}

async function askForUser(octokit: Octokit, signal: AbortSignal): Promise<number> {
  return await ask(signal, 'ask whose the token is', async () => {
    const { data } = await octokit.rest.users.getAuthenticated({ request: { signal } });
    return userAnswer.parse(data).id;
  });
}

/** An installation's token may not ask whose it is. */
async function askForBot(octokit: Octokit, signal: AbortSignal): Promise<number> {
  return await ask(signal, 'ask for the account of the GitHub App', async () => {
    const app = await octokit.rest.apps.getAuthenticated({ request: { signal } });
    const username = `${appAnswer.parse(app.data).slug}[bot]`;
    const { data } = await octokit.rest.users.getByUsername({ username, request: { signal } });
    return userAnswer.parse(data).id;
  });
}
