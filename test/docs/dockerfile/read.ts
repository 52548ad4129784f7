import { dirname } from 'node:path';
import { execa } from 'execa';
import { obtain } from '../../../local/obtain/index.ts';
import { plainProgress } from '../../../local/progress.ts';

export interface Dockerfile {
  readonly arguments: Record<string, string>;
  readonly stages: readonly {
    readonly name: string;
    readonly base: string;
    readonly commands: readonly string[];
  }[];
}

/** A Dockerfile as BuildKit's own parser reads it. @throws at its first warning too. */
export async function readDockerfile(file: string): Promise<Dockerfile> {
  const go = await obtain('go', { progress: plainProgress('dockerfile') });
  const { stdout } = await execa(go, ['run', '-mod=readonly', '-buildvcs=false', '.', file], {
    cwd: import.meta.dirname,
    env: {
      CGO_ENABLED: '0',
      GOFLAGS: '',
      GOTOOLCHAIN: 'local',
      GOWORK: 'off',
      PATH: `${dirname(go)}:${process.env['PATH'] ?? ''}`,
    },
  });
  return JSON.parse(stdout) as Dockerfile;
}
