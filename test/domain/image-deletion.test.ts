import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { DeletionQuestion, StoredManifest } from '../../domain/image-deletion.ts';
import { planDeletion } from '../../domain/image-deletion.ts';

const held = (
  digest: string,
  tags: readonly string[] = [],
  references: readonly string[] | null = [],
): StoredManifest => ({ digest, tags, references });

const pr1 = (digest: string) => ({ tag: 'pr-1', digest });

function plan(question: Partial<DeletionQuestion>) {
  const { steps, kept } = planDeletion({ images: [], remembered: [], manifests: [], ...question });
  return {
    goes: steps.map(({ digest }) => digest),
    after: Object.fromEntries(
      steps.flatMap(({ digest, after }) => (after.length > 0 ? [[digest, after]] : [])),
    ),
    kept: Object.fromEntries(kept.map(({ digest, why }) => [digest, why])),
  };
}

const nothing = { after: {}, kept: {} };

describe('of what a repository holds', () => {
  it('exactly the given digests go, with a tag or without', () => {
    const manifests = [held('a', ['pr-1']), held('b'), held('c'), held('d', ['main'])];
    expect(plan({ images: [pr1('a'), pr1('b')], manifests })).toEqual({ ...nothing, goes: ['a', 'b'] });
  });

  it('what is not there needs no step', () => {
    expect(plan({ images: [pr1('a')], remembered: ['b'], manifests: [held('c')] })).toEqual({
      ...nothing,
      goes: [],
    });
  });

  it('a digest given under two tags goes with both', () => {
    const images = [pr1('a'), { tag: 'pr-1-debug', digest: 'a' }];
    expect(plan({ images, manifests: [held('a', ['pr-1', 'pr-1-debug'])] }).goes).toEqual(['a']);
  });

  it.each([
    [['pr-1', 'main'], 'the tag main names it too'],
    [['main', 'pr-1', 'v1'], 'the tags main, v1 name it too'],
    [['a', 'b', 'c', 'd', 'e'], 'the tags a, b, c and 2 more name it too'],
  ])('one with the tags %j stays', (tags, why) => {
    expect(plan({ images: [pr1('a')], manifests: [held('a', tags)] })).toEqual({
      ...nothing,
      goes: [],
      kept: { a: why },
    });
  });

  it('one that an index names which stays, stays', () => {
    const tagged = [held('a', ['pr-1']), held('i', ['latest'], ['a'])];
    expect(plan({ images: [pr1('a')], manifests: tagged }).kept).toEqual({
      a: 'the index of the tag latest stays and needs it',
    });
    const untagged = [held('a', ['pr-1']), held('i', [], ['a'])];
    expect(plan({ images: [pr1('a')], manifests: untagged }).kept).toEqual({
      a: 'the index i stays and needs it',
    });
  });

  it('one whose content was not shown stays, as nobody knows what belongs to it', () => {
    const { goes, kept } = plan({ images: [pr1('a')], manifests: [held('a', ['pr-1'], null)] });
    expect(goes).toEqual([]);
    expect(kept['a']).toContain('does not show its content');
  });
});

describe('an index', () => {
  const index = held('i', ['pr-1'], ['x', 'y', 'elsewhere']);

  it('goes before what it names, and that at once after it', () => {
    const manifests = [held('x'), held('y'), index, held('j', ['pr-1'], ['z']), held('z')];
    expect(plan({ images: [pr1('i'), pr1('j')], manifests })).toEqual({
      goes: ['i', 'x', 'y', 'j', 'z'],
      after: { x: ['i'], y: ['i'], z: ['j'] },
      kept: {},
    });
  });

  it('shares what goes only after the last that names it', () => {
    const manifests = [index, held('j', [], ['y']), held('x'), held('y')];
    expect(plan({ images: [pr1('i'), pr1('j')], manifests })).toMatchObject({
      goes: ['i', 'x', 'j', 'y'],
      after: { y: ['i', 'j'] },
    });
  });

  it('leaves what another one needs, without a word', () => {
    const manifests = [index, held('j', ['pr-2'], ['y']), held('x'), held('y')];
    expect(plan({ images: [pr1('i')], manifests })).toMatchObject({ goes: ['i', 'x'], kept: {} });
  });

  it('leaves what has a tag of its own, and says so', () => {
    const manifests = [index, held('x', ['pr-1-amd64']), held('y')];
    expect(plan({ images: [pr1('i')], manifests })).toMatchObject({
      goes: ['i', 'y'],
      kept: { x: 'the tag pr-1-amd64 names it too' },
    });
  });

  it('that stays keeps what it names, without a word', () => {
    const manifests = [{ ...index, tags: ['pr-1', 'main'] }, held('x', ['other']), held('y')];
    expect(plan({ images: [pr1('i')], manifests })).toEqual({
      ...nothing,
      goes: [],
      kept: { i: 'the tag main names it too' },
    });
  });

  it('goes with indexes inside it, and a given image that it names after it', () => {
    const manifests = [held('a', ['pr-1']), held('i', ['pr-1'], ['n', 'a']), held('n', [], ['x']), held('x')];
    expect(plan({ images: [pr1('a'), pr1('i')], manifests })).toMatchObject({
      goes: ['i', 'n', 'x', 'a'],
      after: { n: ['i'], x: ['n'], a: ['i'] },
    });
  });

  it('that stays keeps what it names, and all that this names, however they are given', () => {
    const manifests = [
      held('a'),
      held('i', [], ['a']),
      held('j', ['pr-1'], ['i']),
      held('k', ['main'], ['j']),
    ];
    expect(plan({ images: [pr1('a'), pr1('i'), pr1('j')], manifests })).toEqual({
      ...nothing,
      goes: [],
      kept: {
        j: 'the index of the tag main stays and needs it',
        i: 'the index of the tag pr-1 stays and needs it',
        a: 'the index i stays and needs it',
      },
    });
  });

  it('stays with all that it names where the content of others was not shown: one may be its index', () => {
    const manifests = [index, held('x'), held('y'), held('o', ['main'], null)];
    const { goes, kept } = plan({ images: [pr1('i')], manifests });
    expect(goes).toEqual([]);
    expect(kept['i']).toContain('one other');
  });
});

describe('what an index named that is gone', () => {
  it('goes, unless something needs it by now', () => {
    const manifests = [held('x'), held('y'), held('z', ['v1']), held('j', ['pr-2'], ['y'])];
    expect(plan({ images: [pr1('i')], remembered: ['x', 'y', 'z'], manifests })).toEqual({
      ...nothing,
      goes: ['x'],
      kept: { z: 'the tag v1 names it too' },
    });
  });
});

describe('whatever a repository holds', () => {
  /** Digests are numbers; an index names only what was there before it. */
  const repositories = fc
    .array(
      fc.record({
        tags: fc.constantFrom([], [], [], ['pr-1'], ['pr-1'], ['pr-1', 'main'], ['pr-2']),
        names: fc.array(fc.nat(11), { maxLength: 4 }),
        shown: fc.nat(9).map((dice) => dice > 0),
        isOwn: fc.boolean(),
        isRemembered: fc.boolean(),
      }),
      { maxLength: 12 },
    )
    .map((drafts) => ({
      images: drafts.flatMap(({ isOwn }, digest) => (isOwn ? [pr1(`${digest}`)] : [])),
      remembered: drafts.flatMap(({ isRemembered }, digest) => (isRemembered ? [`${digest}`] : [])),
      manifests: drafts.map(({ tags, names, shown }, digest) => {
        const named = names.filter((other) => other < digest).map(String);
        return held(`${digest}`, tags, shown ? named : null);
      }),
    }));

  it('nothing goes that a foreign tag names or something that stays needs, and nothing before what names it', () => {
    fc.assert(
      fc.property(repositories, (question) => {
        const { steps } = planDeletion(question);
        const order = steps.map(({ digest }) => digest);
        expect(new Set(order).size).toBe(order.length);
        for (const { digest, tags, references } of question.manifests) {
          const place = order.indexOf(digest);
          if (place !== -1) expect(tags.filter((tag) => tag !== 'pr-1')).toEqual([]);
          for (const named of references ?? []) {
            const its = order.indexOf(named);
            if (its !== -1) expect(place !== -1 && place < its).toBe(true);
          }
        }
      }),
      { numRuns: 1_000 },
    );
  });

  it('each given digest that is there either goes or is kept with a reason', () => {
    fc.assert(
      fc.property(repositories, (question) => {
        const { steps, kept } = planDeletion(question);
        const told = [...steps, ...kept].map(({ digest }) => digest);
        for (const { digest } of question.images)
          expect(told.filter((one) => one === digest)).toHaveLength(1);
      }),
      { numRuns: 1_000 },
    );
  });

  it('where the content of another is not shown, nothing goes', () => {
    fc.assert(
      fc.property(repositories, (question) => {
        const given = new Set(question.images.map(({ digest }) => digest));
        const unseen = question.manifests.some(
          ({ digest, references }) => references === null && !given.has(digest),
        );
        if (unseen) expect(planDeletion(question).steps).toEqual([]);
      }),
      { numRuns: 1_000 },
    );
  });
});
