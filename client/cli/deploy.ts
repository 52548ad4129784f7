import type { PreviewClient } from '../preview-client.ts';
import { sendAndFollow } from './accepted.ts';
import type { CommandContext, CommandInput, CommandResult } from './command.ts';
import { withClient } from './with-client.ts';
import { readCommit, readPullRequest, readWait } from './words.ts';

interface DeployOptions {
  readonly sha?: string;
  readonly event?: boolean;
  readonly wait?: string | true;
  readonly repository?: string;
  readonly timeout?: string;
}

/** `preview deploy`: says that there is a commit to serve. */
export async function deploy(
  { words: [word], options }: CommandInput<DeployOptions>,
  context: CommandContext,
): Promise<CommandResult> {
  const { env } = context;
  const ref = readPullRequest(word, options.repository ?? env['GITHUB_REPOSITORY']);
  const sha = options.sha === undefined ? null : readCommit(options.sha, '--sha');
  const reason = options.event ? 'event' : 'command';
  const message = {
    ref,
    send: async (client: PreviewClient) => await client.push(ref, { sha, reason }),
    goal: 'served' as const,
    commit: sha,
    waitMs: readWait(options.wait),
  };
  return await withClient(options, env, async (client) => await sendAndFollow(client, message, context));
}
