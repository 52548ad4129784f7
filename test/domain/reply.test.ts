import { describe, expect, it } from 'vitest';
import { commandHelp } from '../../domain/command.ts';
import {
  renderCommands,
  renderMemo,
  renderNoAnswer,
  renderNoPreview,
  renderRefusal,
  renderStanding,
} from '../../domain/reply.ts';
import type { PreviewMemo } from '../../domain/search-attributes.ts';
import { previewStatus, sha } from './support.ts';

const deadline = Date.UTC(2026, 10, 26, 17, 24);
const memo: PreviewMemo = {
  phase: 'ready',
  reason: 'serves 0000000',
  commit: sha(1),
  hosts: [],
  deadline: new Date(deadline).toISOString(),
  warned: false,
  queue: null,
  head: sha(1),
  holds: 'yes',
  pullRequest: 'open',
};

describe('an answer to a command', () => {
  it('that refuses ends in one full stop', () => {
    expect(renderRefusal('there is no preview')).toBe('Not done: there is no preview.\n');
    expect(renderRefusal('Did you mean `close`?')).toBe('Not done: Did you mean `close`?\n');
  });

  it('lists every command there is', () => {
    const rows = renderCommands()
      .split('\n')
      .filter((line) => line.startsWith('| `'));
    expect(rows).toHaveLength(commandHelp.length);
    expect(rows[0]).toMatch(/^\| `\/preview` \| deploy the head commit/);
  });

  it('says phase, reason, what is served and how long it lives', () => {
    expect(renderStanding(previewStatus({ deadline }))).toBe(
      `**ready**: serves ${sha(1).slice(0, 7)}\n\n- serves \`${sha(1)}\`\n- lives until 2026-11-26 17:24 UTC\n`,
    );
  });

  it('says when its turn comes, where it waits for a place', () => {
    const queue = { position: 2, expectedAt: deadline };
    const waiting = previewStatus({
      phase: 'queued',
      reason: 'waits',
      liveCommit: null,
      deadline: null,
      queue,
    });
    expect(renderStanding(waiting)).toBe(
      '**queued**: waits\n\n- its turn comes about 2026-11-26 17:24 UTC\n',
    );
  });

  it('shows words of others as they are', () => {
    const failed = previewStatus({ phase: 'failed', reason: '<b>@all</b> [x](y)', liveCommit: null });
    expect(renderStanding({ ...failed, deadline: null })).toBe(
      '**failed**: \\<b\\>@\u200ball\\</b\\> \\[x\\](y)\n',
    );
  });

  it('says what Temporal keeps when no worker answers, or that it keeps nothing', () => {
    const silent = 'No worker answers just now; what was asked is kept until one does.';
    expect(renderMemo(memo)).toBe(
      `${silent} Last known:\n\n**ready**: serves 0000000\n\n- lives until 2026-11-26 17:24 UTC\n`,
    );
    expect(renderMemo(null)).toBe(`${silent}\n`);
  });

  it('is never empty', () => {
    for (const words of [renderNoAnswer(), renderNoPreview()]) expect(words).toMatch(/^\w.*\.\n$/);
  });
});
