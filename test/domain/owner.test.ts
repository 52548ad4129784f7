import { describe, expect, it } from 'vitest';
import {
  belongsTo,
  datedOwnerText,
  describeOwner,
  ownerText,
  readCreatedAt,
  readOwnerText,
  readReset,
  withReset,
} from '../../domain/owner.ts';

const mark = {
  platform: 'pr-preview',
  repositoryId: 4711,
  owner: 'Example',
  repository: 'videocall',
  number: 7,
};

describe('the text of an owner mark', () => {
  it('is compact JSON with its keys in a fixed order, whatever the order of the mark', () => {
    const { number, ...rest } = mark;
    expect(ownerText({ number, ...rest })).toBe(
      '{"platform":"pr-preview","repositoryId":4711,"owner":"Example","repository":"videocall","number":7}',
    );
  });

  it('is read back, with unknown keys left out', () => {
    expect(readOwnerText(ownerText(mark))).toEqual(mark);
    expect(readOwnerText(JSON.stringify({ ...mark, more: 1 }))).toEqual(mark);
  });

  it.each([
    null,
    undefined,
    '',
    'my database',
    '7',
    'null',
    '[]',
    '{}',
    JSON.stringify({ ...mark, number: '7' }),
  ])('is no mark when it reads %s', (text) => expect(readOwnerText(text)).toBeNull());
});

describe('a mark with its date', () => {
  const createdAt = Date.UTC(2026, 10, 26);

  it('is the same mark, and says when the thing was made', () => {
    expect(readOwnerText(datedOwnerText(mark, createdAt))).toEqual(mark);
    expect(readCreatedAt(datedOwnerText(mark, createdAt))).toBe(createdAt);
  });

  it.each([null, '', 'null', '7', ownerText(mark), '{"createdAt":"soon"}', '{"createdAt":7}'])(
    'has none when it reads %s',
    (text) => expect(readCreatedAt(text)).toBeNull(),
  );
});

describe('belongsTo', () => {
  it.each([
    ['the same', {}, true],
    ['another name of the same repository', { owner: 'new', repository: 'name' }, true],
    ['another repository of the same name', { repositoryId: 1 }, false],
    ['another number', { number: 8 }, false],
    ['another platform', { platform: 'staging' }, false],
    ['an unknown id and the same name in other letters', { repositoryId: null, owner: 'eXAMPLE' }, true],
    ['an unknown id and another name', { repositoryId: null, repository: 'other' }, false],
  ])('compares a mark with %s', (_, changes, expected) => {
    expect(belongsTo(mark, { ...mark, ...changes })).toBe(expected);
  });

  it('is nobody for a thing without a mark', () => {
    expect(belongsTo(null, mark)).toBe(false);
  });
});

describe('describeOwner', () => {
  it('names pull request, platform and repository id', () => {
    expect(describeOwner(mark)).toBe('Example/videocall#7 of platform "pr-preview" (repository id 4711)');
  });
});

describe('a mark with its last reset', () => {
  it('is still the same mark, with everything else that was in it', () => {
    const text = withReset(datedOwnerText(mark, 0), 'one');
    expect(readReset(text)).toBe('one');
    expect(readOwnerText(text)).toEqual(mark);
    expect(readCreatedAt(text)).toBe(0);
    expect(readReset(withReset(text, 'two'))).toBe('two');
  });

  it.each([null, '', 'my database', 'null', '{}', '{"reset":7}'])('has none when it reads %s', (text) =>
    expect(readReset(text)).toBeNull(),
  );
});
