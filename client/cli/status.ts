import { noPreview } from '../no-preview.ts';
import type { CommandContext, CommandInput, CommandResult } from './command.ts';
import { describeMemo, describeStatus } from './describe.ts';
import { withClient } from './with-client.ts';
import { readPullRequest } from './words.ts';

interface StatusOptions {
  readonly repository?: string;
  readonly timeout?: string;
}

/** `preview status`: asks Temporal first, which answers without a worker, then the worker. */
export async function status(
  { words: [word], options }: CommandInput<StatusOptions>,
  { env }: CommandContext,
): Promise<CommandResult> {
  const ref = readPullRequest(word, options.repository ?? env['GITHUB_REPOSITORY']);
  return await withClient(options, env, async (client) => {
    const reading = await client.status(ref);
    switch (reading.kind) {
      case 'absent':
        throw noPreview(ref);
      case 'answered': {
        const { run, status } = reading;
        const ended = run === 'closed' ? '\n  its workflow has ended' : '';
        return { code: 'ok', json: { worker: 'answers', run, status }, text: describeStatus(status) + ended };
      }
      case 'silent': {
        const { run, memo } = reading;
        const text = `${describeMemo(ref, memo)}\n  no worker answers; this is what Temporal keeps`;
        return { code: 'workerSilent', json: { worker: 'silent', run, ref, memo }, text };
      }
    }
  });
}
