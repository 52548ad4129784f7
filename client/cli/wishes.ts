import type { PullRequestRef } from '../../domain/pull-request.ts';
import type { Goal } from '../follow.ts';
import type { PreviewClient, Sent } from '../preview-client.ts';
import { sendAndFollow } from './accepted.ts';
import type { CommandContext, CommandInput, CommandResult } from './command.ts';
import { withClient } from './with-client.ts';
import { personOf, readPullRequest, readWait } from './words.ts';

interface WishOptions {
  readonly wait?: string | true;
  readonly repository?: string;
  readonly timeout?: string;
}

interface Wish {
  readonly send: (client: PreviewClient, ref: PullRequestRef, by: string | null) => Promise<Sent>;
  /** What `--wait` waits for. */
  readonly goal: Goal;
}

type Command = (input: CommandInput<WishOptions>, context: CommandContext) => Promise<CommandResult>;

/** `preview close`: asks for a preview to be taken away. What is already gone is success. */
export const close = command({
  send: async (client, ref, by) => await client.close(ref, { reason: 'command', by }),
  goal: 'gone',
});

/** `preview cancel`: stops the running or queued deploy. What is live stays; where nothing is, it is taken away. */
export const cancel = command({
  send: async (client, ref, by) => await client.cancel(ref, { by }),
  goal: 'still',
});

/** `preview reset`: drops the database, makes it anew and deploys the head commit again. */
export const reset = command({
  send: async (client, ref, by) => await client.reset(ref, { by }),
  goal: 'served',
});

/** A command that sends a person's wish and, where asked to, follows what comes of it. */
function command({ send, goal }: Wish): Command {
  return async ({ words: [word], options }, context) => {
    const { env } = context;
    const ref = readPullRequest(word, options.repository ?? env['GITHUB_REPOSITORY']);
    const message = {
      ref,
      send: async (client: PreviewClient) => await send(client, ref, personOf(env)),
      goal,
      waitMs: readWait(options.wait),
    };
    return await withClient(options, env, async (client) => await sendAndFollow(client, message, context));
  };
}
