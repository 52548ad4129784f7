import { describe, expect, it } from 'vitest';
import { commandHelp, lateness, readCommand } from '../../domain/command.ts';
import { sha } from './support.ts';

const day = 86_400_000;

describe('a comment', () => {
  it.each([
    ['/preview', { kind: 'deploy' }],
    ['  /preview  ', { kind: 'deploy' }],
    ['/preview\tclose', { kind: 'close' }],
    ['/preview cancel', { kind: 'cancel' }],
    ['/preview reset', { kind: 'reset' }],
    ['/preview status', { kind: 'status' }],
    ['/preview help', { kind: 'help' }],
    ['/preview extend', { kind: 'extend', durationMs: null }],
    ['/preview extend 2d', { kind: 'extend', durationMs: 2 * day }],
    ['/preview extend 1d12h', { kind: 'extend', durationMs: 1.5 * day }],
    [`/preview approve ${sha(7)}`, { kind: 'approve', sha: sha(7) }],
  ])('with the line "%s" is that command, whatever stands around it', (line, command) => {
    expect(readCommand(['thanks!', line, 'see you'])).toEqual({ kind: 'command', command });
  });

  it.each([
    'please /preview',
    '/previews',
    '/preview-close',
    '/preview:close',
    '/Preview',
    '/deploy',
    '',
    'preview close',
    '//preview',
  ])('with the line "%s" says nothing to us', (line) => {
    expect(readCommand([line])).toEqual({ kind: 'nothing' });
  });

  it.each([
    ['/preview clsoe', 'there is no command `clsoe`; did you mean `close`?'],
    ['/preview Close', 'there is no command `Close`; did you mean `close`?'],
    ['/preview extend tomorrow', 'such as `2d`, not `tomorrow`'],
    ['/preview extend 0', 'such as `2d`, not `0`'],
    ['/preview extend 2 d', 'such as `2d`, not `2 d`'],
    ['/preview extend -2d', 'such as `2d`, not `-2d`'],
    ['/preview approve', '40 lower-case hex digits, not nothing'],
    ['/preview approve abc1234', '40 lower-case hex digits, not `abc1234`'],
    [`/preview approve ${sha(1)} please`, '40 lower-case hex digits, not'],
    ['/preview close now', '`/preview close` takes nothing more, but `now` follows'],
    [`/preview ${'`'.repeat(3)}`, "there is no command `'''`"],
  ])('with the line "%s" is refused with what is wrong', (line, reason) => {
    expect(readCommand([line])).toEqual({ kind: 'wrong', reason: expect.stringContaining(reason) });
  });

  it('with two commands is refused: which of them comes first would be a guess', () => {
    expect(readCommand(['/preview reset', '/preview close'])).toEqual({
      kind: 'wrong',
      reason: 'one command in a comment, please: this one has 2',
    });
  });

  it('of any length gets a short answer', () => {
    const reading = readCommand([`/preview ${'x'.repeat(60_000)}`]);
    expect(reading.kind === 'wrong' && reading.reason.length).toBeLessThan(300);
  });
});

describe('a command that comes late', () => {
  const minute = 60_000;
  it.each(['deploy', 'close', 'cancel', 'reset'] as const)('is not done after ten minutes: %s', (kind) => {
    expect(lateness({ kind }, 10 * minute)).toBeNull();
    expect(lateness({ kind }, 10 * minute + 1)).toMatch(/^it reached us only 10m after it was written/);
    expect(lateness({ kind }, 1_500 * minute)).toContain('only 1d1h after');
  });

  it.each(['status', 'help'] as const)('is done for ever where it only asks: %s', (kind) => {
    expect(lateness({ kind }, 1_500 * minute)).toBeNull();
  });

  it('is not late by a clock of ours that is behind', () => {
    expect(lateness({ kind: 'deploy' }, -5 * minute)).toBeNull();
  });
});

describe('the help', () => {
  it('has only commands that are understood, and every kind of them', () => {
    const kinds = commandHelp.map(([usage]) => {
      const reading = readCommand([usage.replace('<sha>', sha(1))]);
      return reading.kind === 'command' ? reading.command.kind : reading.kind;
    });
    expect(kinds.toSorted()).toEqual(
      ['approve', 'cancel', 'close', 'deploy', 'extend', 'help', 'reset', 'status'].toSorted(),
    );
  });
});
