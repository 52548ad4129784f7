import { execa } from 'execa';

/** Runs git on one bare repository, apart from the machine's own git configuration. */
export interface Git {
  /** What git prints, without the final newline. */
  text(args: string[], options?: GitOptions): Promise<string>;
  bytes(args: string[], options?: GitOptions): Promise<Uint8Array>;
  /** As `text`, but undefined where git ends with 1, its way to say no. */
  maybe(args: string[], options?: GitOptions): Promise<string | undefined>;
}

interface GitOptions {
  input?: string | Uint8Array;
  env?: Record<string, string>;
  /** Folder that stands for the work tree. */
  workTree?: string;
}

export function gitIn(directory: string): Git {
  const options = ({ input, env, workTree }: GitOptions) => ({
    ...(workTree === undefined ? {} : { cwd: workTree }),
    ...(input === undefined ? {} : { input }),
    extendEnv: false,
    env: {
      PATH: process.env['PATH'] ?? '/usr/bin:/bin',
      GIT_DIR: directory,
      GIT_CONFIG_GLOBAL: '/dev/null',
      GIT_CONFIG_NOSYSTEM: '1',
      GIT_TERMINAL_PROMPT: '0',
      LC_ALL: 'C.UTF-8',
      ...(workTree === undefined ? {} : { GIT_WORK_TREE: workTree }),
      ...env,
    },
  });
  return {
    text: async (args, given = {}) => (await execa('git', args, options(given))).stdout,
    bytes: async (args, given = {}) =>
      (await execa('git', args, { ...options(given), encoding: 'buffer', stripFinalNewline: false })).stdout,
    maybe: async (args, given = {}) => {
      const result = await execa('git', args, { ...options(given), reject: false });
      if (result.exitCode === 0) return result.stdout;
      if (result.exitCode === 1) return undefined;
      throw new Error(`git ${args[0] ?? ''} failed in ${directory}: ${result.stderr || result.message}`, {
        cause: result,
      });
    },
  };
}
