import { formatRef } from '../../domain/pull-request.ts';
import { follow } from '../follow.ts';
import type { CommandContext, CommandInput, CommandResult } from './command.ts';
import { describeChange, describeStatus } from './describe.ts';
import { describeAccepted } from './accepted.ts';
import { withClient } from './with-client.ts';
import { readCommit, readDuration, readPullRequest } from './words.ts';

interface DeployOptions {
  readonly sha?: string;
  readonly event?: boolean;
  readonly wait?: string | true;
  readonly repository?: string;
  readonly timeout?: string;
}

const defaultWait = '30m';

/** `preview deploy`: says that there is a commit to serve. */
export async function deploy(
  { argument, options }: CommandInput<DeployOptions>,
  { env, progress, signal }: CommandContext,
): Promise<CommandResult> {
  const ref = readPullRequest(argument, options.repository ?? env['GITHUB_REPOSITORY']);
  const sha = options.sha === undefined ? null : readCommit(options.sha, '--sha');
  const { wait } = options;
  const timeoutMs = wait === undefined ? null : readDuration(wait === true ? defaultWait : wait, '--wait');
  return await withClient(options, env, async (client) => {
    const sent = await client.push(ref, { sha, reason: options.event ? 'event' : 'command' });
    if (timeoutMs === null) return await describeAccepted(client, ref, sent);
    progress(`${formatRef(ref)}: accepted as ${sent.workflowId}`);
    const onChange = (status: Parameters<typeof describeChange>[0]): void => progress(describeChange(status));
    const status = await follow(client, ref, { goal: 'served', timeoutMs, onChange, signal });
    return { code: 'ok', json: { ...sent, accepted: true, status }, text: describeStatus(status) };
  });
}
