import { PassThrough } from 'node:stream';
import { execa } from 'execa';
import { describe, expect, it } from 'vitest';
import { plainProgress, within } from '../../local/progress.ts';

function recorded() {
  const output = new PassThrough();
  return { output, text: () => (output.read() as Buffer | null)?.toString() ?? '' };
}

describe('progress', () => {
  it('in a log is a line for each news, with the name of what it is about', () => {
    const { output, text } = recorded();
    const progress = plainProgress('cluster', output);
    progress.start('starting');
    progress.update('etcd');
    progress.update('etcd');
    progress.done('started');
    expect(text()).toMatch(/^cluster: starting\ncluster: etcd\ncluster: started \(0\.\d s\)\n$/);
  });

  it('of a failure is its reason', () => {
    const { output, text } = recorded();
    plainProgress('cluster', output).fail('port taken');
    expect(text()).toBe('cluster: failed: port taken\n');
  });

  it('within another never ends that one', () => {
    const { output, text } = recorded();
    const outer = plainProgress('stack', output);
    const inner = within(outer, 'tools');
    inner.start('building');
    inner.done('built');
    inner.fail('broken');
    expect(text()).toBe('stack: tools: building\nstack: tools: built\nstack: tools: broken\n');
  });

  it('on a terminal is a live line for each part, which ends as the part does', async () => {
    const module = new URL('../../local/progress.ts', import.meta.url).href;
    const script = `
      import { progressBoard } from '${module}';
      const board = progressBoard(['one', 'two', 'three']);
      board.line('one').start('starting one');
      board.line('one').done('running');
      board.line('two').fail('port taken');
      await board.close();
      console.log('over');`;
    const command = [process.execPath, '--input-type=module', '-e', `'${script.replaceAll("'", '"')}'`].join(
      ' ',
    );
    const terminal = 'script';
    const { stdout } = await execa(terminal, ['-qec', `stty cols 100; ${command}`, '/dev/null'], {
      env: { NO_COLOR: '1' },
    });
    const last = stdout.slice(stdout.lastIndexOf('one: running'));
    expect(last).toMatch(/one: running[^]*two: port taken[^]*three: not started[^]*over/);
  });
});
