import { formatRef } from '../../domain/pull-request.ts';
import { previewWorkflowId } from '../../domain/workflow-ids.ts';
import type { CommandContext, CommandInput, CommandResult } from './command.ts';
import { withClient } from './with-client.ts';
import { personOf, readCommit, readPullRequest } from './words.ts';

interface ApproveOptions {
  readonly repository?: string;
  readonly timeout?: string;
}

/** `preview approve`: allows one commit of an outsider's pull request to be deployed; a later push voids it. */
export async function approve(
  { words: [word, commit = ''], options }: CommandInput<ApproveOptions>,
  { env }: CommandContext,
): Promise<CommandResult> {
  const ref = readPullRequest(word, options.repository ?? env['GITHUB_REPOSITORY']);
  const wanted = readCommit(commit, '<commit>');
  return await withClient(options, env, async (client) => {
    const { sha } = await client.approve(ref, { sha: wanted, by: personOf(env) });
    const name = formatRef(ref);
    return {
      code: 'ok',
      json: { workflowId: previewWorkflowId(ref), sha },
      text: `${name}: ${sha} is approved; see: preview status ${name}`,
    };
  });
}
