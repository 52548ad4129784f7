import { dirname } from 'node:path';
import { execa } from 'execa';
import { obtain } from '../../local/obtain/index.ts';
import { plainProgress } from '../../local/progress.ts';

/**
 * Runs the Go program in a folder of the tests, with the modules that its go.sum pins, and reads what it prints as JSON.
 *
 * @throws with what it said when it fails.
 */
export async function runGo(folder: string, args: readonly string[]): Promise<unknown> {
  const go = await obtain('go', { progress: plainProgress('go') });
  const { stdout } = await execa(go, ['run', '-mod=readonly', '-buildvcs=false', '.', ...args], {
    cwd: folder,
    env: {
      CGO_ENABLED: '0',
      GOFLAGS: '',
      GOTOOLCHAIN: 'local',
      GOWORK: 'off',
      PATH: `${dirname(go)}:${process.env['PATH'] ?? ''}`,
    },
  });
  return JSON.parse(stdout);
}
