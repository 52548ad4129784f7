import { formatRef } from '../../domain/pull-request.ts';
import { previewWorkflowId } from '../../domain/workflow-ids.ts';
import type { CommandContext, CommandInput, CommandResult } from './command.ts';
import { describeDeadline } from './describe.ts';
import { withClient } from './with-client.ts';
import { personOf, readDuration, readPullRequest } from './words.ts';

interface ExtendOptions {
  readonly repository?: string;
  readonly timeout?: string;
}

/** `preview extend`: moves the deadline, and says where to; the preview itself refuses what is too long. */
export async function extend(
  { words: [word, duration], options }: CommandInput<ExtendOptions>,
  { env }: CommandContext,
): Promise<CommandResult> {
  const ref = readPullRequest(word, options.repository ?? env['GITHUB_REPOSITORY']);
  if (duration !== undefined) readDuration(duration, '[duration]');
  return await withClient(options, env, async (client) => {
    const { deadline } = await client.extend(ref, { duration: duration ?? null, by: personOf(env) });
    return {
      code: 'ok',
      json: { workflowId: previewWorkflowId(ref), deadline },
      text: `${formatRef(ref)}: lives until ${describeDeadline(deadline)}`,
    };
  });
}
