import type { PreviewClient } from '../preview-client.ts';
import { sendAndFollow } from './accepted.ts';
import type { CommandContext, CommandInput, CommandResult } from './command.ts';
import { withClient } from './with-client.ts';
import { personOf, readPullRequest, readWait } from './words.ts';

interface CancelOptions {
  readonly wait?: string | true;
  readonly repository?: string;
  readonly timeout?: string;
}

/** `preview cancel`: stops the running or queued deploy. What is live stays; where nothing is, it is taken away. */
export async function cancel(
  { words: [word], options }: CommandInput<CancelOptions>,
  context: CommandContext,
): Promise<CommandResult> {
  const { env } = context;
  const ref = readPullRequest(word, options.repository ?? env['GITHUB_REPOSITORY']);
  const message = {
    ref,
    send: async (client: PreviewClient) => await client.cancel(ref, { by: personOf(env) }),
    goal: 'still' as const,
    waitMs: readWait(options.wait),
  };
  return await withClient(options, env, async (client) => await sendAndFollow(client, message, context));
}
