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

/** How far this machine's clock may be from the cluster's, in milliseconds. */
const slackMs = 60_000;

/** `preview extend`: moves the deadline, and says where to; the preview itself refuses what is too long. */
export async function extend(
  { words: [word, duration], options }: CommandInput<ExtendOptions>,
  { env }: CommandContext,
): Promise<CommandResult> {
  const ref = readPullRequest(word, options.repository ?? env['GITHUB_REPOSITORY']);
  const durationMs = duration === undefined ? null : readDuration(duration, '[duration]');
  return await withClient(options, env, async (client) => {
    const asked = durationMs === null ? null : Date.now() + durationMs;
    const { deadline } = await client.extend(ref, { duration: duration ?? null, by: personOf(env) });
    const isUnmoved = asked !== null && deadline > asked + slackMs;
    const until = `lives until ${describeDeadline(deadline)}${isUnmoved ? ', longer than that already' : ''}`;
    return {
      code: 'ok',
      json: { workflowId: previewWorkflowId(ref), deadline },
      text: `${formatRef(ref)}: ${until}`,
    };
  });
}
