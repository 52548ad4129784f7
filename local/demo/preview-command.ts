import { join } from 'node:path';
import { execa, ExecaError } from 'execa';
import type { PreviewStatus } from '../../domain/status.ts';
import { checkout } from '../folders.ts';
import type { Stack } from '../stack.ts';

/** The CLI as a person has it, each call a process. */
export interface PreviewCommand {
  /** Asks for a commit and waits until it is served. */
  deploy(name: string, sha: string): Promise<PreviewStatus>;
  /** Asks for the end and waits until everything is gone. */
  close(name: string): Promise<PreviewStatus>;
}

/** @param stack where Temporal is; a task queue is that of our own environment. */
export function createPreviewCommand(stack: Pick<Stack, 'temporal'>, signal: AbortSignal): PreviewCommand {
  const run = async (words: readonly string[]): Promise<PreviewStatus> => {
    const env = { TEMPORAL_ADDRESS: stack.temporal?.address, TEMPORAL_NAMESPACE: stack.temporal?.namespace };
    try {
      const { stdout } = await execa(
        process.execPath,
        [join(checkout, 'client/cli.ts'), ...words, '--wait', '5m', '--json'],
        {
          env,
          cancelSignal: signal,
          // what it says of its progress is for the person
          stderr: ['pipe', 'inherit'],
        },
      );
      return (JSON.parse(stdout) as { status: PreviewStatus }).status;
    } catch (error) {
      if (error instanceof ExecaError)
        throw new Error(`preview ${words[0] ?? ''} ended with ${error.exitCode ?? 'a signal'}`, {
          cause: error,
        });
      throw error;
    }
  };
  return {
    deploy: (name, sha) => run(['deploy', name, '--sha', sha]),
    close: (name) => run(['close', name]),
  };
}
