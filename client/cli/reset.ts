import type { PreviewClient } from '../preview-client.ts';
import { sendAndFollow } from './accepted.ts';
import type { CommandContext, CommandInput, CommandResult } from './command.ts';
import { withClient } from './with-client.ts';
import { personOf, readPullRequest, readWait } from './words.ts';

interface ResetOptions {
  readonly wait?: string | true;
  readonly repository?: string;
  readonly timeout?: string;
}

/** `preview reset`: drops the database, makes it anew and deploys the head commit again. */
export async function reset(
  { words: [word], options }: CommandInput<ResetOptions>,
  context: CommandContext,
): Promise<CommandResult> {
  const { env } = context;
  const ref = readPullRequest(word, options.repository ?? env['GITHUB_REPOSITORY']);
  const message = {
    ref,
    send: async (client: PreviewClient) => await client.reset(ref, { by: personOf(env) }),
    goal: 'served' as const,
    waitMs: readWait(options.wait),
  };
  return await withClient(options, env, async (client) => await sendAndFollow(client, message, context));
}
