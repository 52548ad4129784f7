import { formatRef } from '../../domain/pull-request.ts';
import { follow } from '../follow.ts';
import { describeAccepted } from './accepted.ts';
import type { CommandContext, CommandInput, CommandResult } from './command.ts';
import { describeChange, describeStatus } from './describe.ts';
import { withClient } from './with-client.ts';
import { readDuration, readPullRequest } from './words.ts';

interface CloseOptions {
  readonly wait?: string | true;
  readonly repository?: string;
  readonly timeout?: string;
}

const defaultWait = '30m';

/** `preview close`: asks for a preview to be taken away. What is already gone is success. */
export async function close(
  { argument, options }: CommandInput<CloseOptions>,
  { env, progress, signal }: CommandContext,
): Promise<CommandResult> {
  const ref = readPullRequest(argument, options.repository ?? env['GITHUB_REPOSITORY']);
  const { wait } = options;
  const timeoutMs = wait === undefined ? null : readDuration(wait === true ? defaultWait : wait, '--wait');
  return await withClient(options, env, async (client) => {
    const sent = await client.close(ref, { reason: 'command', by: null });
    if (timeoutMs === null) return await describeAccepted(client, ref, sent);
    progress(`${formatRef(ref)}: accepted as ${sent.workflowId}`);
    const onChange = (status: Parameters<typeof describeChange>[0]): void => progress(describeChange(status));
    const status = await follow(client, ref, { goal: 'gone', timeoutMs, onChange, signal });
    return { code: 'ok', json: { ...sent, accepted: true, status }, text: describeStatus(status) };
  });
}
