import type { PreviewClient } from '../preview-client.ts';
import { sendAndFollow } from './accepted.ts';
import type { CommandContext, CommandInput, CommandResult } from './command.ts';
import { withClient } from './with-client.ts';
import { personOf, readPullRequest, readWait } from './words.ts';

interface CloseOptions {
  readonly wait?: string | true;
  readonly repository?: string;
  readonly timeout?: string;
}

/** `preview close`: asks for a preview to be taken away. What is already gone is success. */
export async function close(
  { words: [word], options }: CommandInput<CloseOptions>,
  context: CommandContext,
): Promise<CommandResult> {
  const { env } = context;
  const ref = readPullRequest(word, options.repository ?? env['GITHUB_REPOSITORY']);
  const message = {
    ref,
    send: async (client: PreviewClient) => await client.close(ref, { reason: 'command', by: personOf(env) }),
    goal: 'gone' as const,
    waitMs: readWait(options.wait),
  };
  return await withClient(options, env, async (client) => await sendAndFollow(client, message, context));
}
