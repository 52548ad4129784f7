import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { readYaml } from '../../config/yaml.ts';

/** Faults as `line:column path message`. */
function faults(text: string): string[] {
  const { faults, locate } = readYaml(text);
  return faults.map((fault) => {
    const at = locate(fault);
    return `${at ? `${at.line}:${at.column} ` : ''}${fault.path.join('.')}${fault.path.length > 0 ? ' ' : ''}${fault.message}`;
  });
}

describe('YAML as Helm’s users mean it', () => {
  it('is read as plain data', () => {
    const text =
      'a: text\nb: [1, 2.5, true, null, ~]\nc: {d: "yes", e: 0x1F, f: -7, g: 0, h: 0.5}\n"on": x\n1: one\n';
    const { value, faults } = readYaml(text);
    expect(faults).toEqual([]);
    expect(value).toEqual({
      a: 'text',
      b: [1, 2.5, true, null, null],
      c: { d: 'yes', e: 31, f: -7, g: 0, h: 0.5 },
      on: 'x',
      '1': 'one',
    });
  });

  it('keeps null, and an absent value is null', () => {
    expect(readYaml('a: null\nb:\nc: ~').value).toEqual({ a: null, b: null, c: null });
  });

  it('reads back whatever a writer that quotes wrote', () => {
    const json = fc
      .jsonValue({ maxDepth: 4 })
      .filter((value) => !JSON.stringify(value).includes('__proto__'));
    fc.assert(
      fc.property(json, (value) => {
        const { value: read, faults } = readYaml(
          stringify({ value }, { defaultStringType: 'QUOTE_DOUBLE', defaultKeyType: 'QUOTE_DOUBLE' }),
        );
        const huge = JSON.stringify(value, (_, item: unknown) =>
          Number.isInteger(item) && !Number.isSafeInteger(item) ? 'HUGE' : item,
        );
        if (huge.includes('HUGE')) return;
        expect(faults).toEqual([]);
        expect(JSON.stringify(read)).toBe(JSON.stringify({ value }));
      }),
    );
  });

  it.each(['yes', 'Yes', 'YES', 'no', 'on', 'ON', 'off', 'Off', 'y', 'Y', 'n', 'N'])(
    'refuses a plain %s',
    (word) => {
      const meant = /^(y|yes|on)$/i.test(word) ? 'true' : 'false';
      expect(faults(`a:\n  b: ${word}\n`)).toEqual([
        `2:6 a.b Helm's YAML reads \`${word}\` as a boolean, others as text: quote it (\`"${word}"\`) if text is meant, or write \`${meant}\`.`,
      ]);
      expect(faults(`a: "${word}"\nb: '${word}'\nc: x${word}\n`)).toEqual([]);
      expect(faults(`${word}: 1`)).toEqual([
        `1:1 As a key, Helm's YAML reads \`${word}\` as a boolean, others as text: quote it (\`"${word}"\`) if text is meant, or write \`${meant}\`.`,
      ]);
    },
  );

  it.each(['true', 'false', 'True', 'FALSE', '0', '-1', '1.10', '1e3', '10'])('takes a plain %s', (word) => {
    expect(faults(`a: ${word}`)).toEqual([]);
  });

  it.each([
    [
      '012',
      'Helm\'s YAML reads an integer with a leading zero as octal, others as decimal: quote it (`"012"`) if text is meant.',
    ],
    [
      '0755',
      'Helm\'s YAML reads an integer with a leading zero as octal, others as decimal: quote it (`"0755"`) if text is meant.',
    ],
    [
      '-007',
      'Helm\'s YAML reads an integer with a leading zero as octal, others as decimal: quote it (`"-007"`) if text is meant.',
    ],
    [
      '0o17',
      'octal and binary integers are read differently by different tools: quote it (`"0o17"`) if text is meant.',
    ],
    [
      '0b11',
      'octal and binary integers are read differently by different tools: quote it (`"0b11"`) if text is meant.',
    ],
    [
      '1_000',
      'Helm\'s YAML ignores underscores in a number, others read text: quote it (`"1_000"`) if text is meant.',
    ],
    ['.inf', 'this number is not finite and JSON cannot carry it: quote it (`".inf"`) if text is meant.'],
    ['-.Inf', 'this number is not finite and JSON cannot carry it: quote it (`"-.Inf"`) if text is meant.'],
    ['.NaN', 'this number is not finite and JSON cannot carry it: quote it (`".NaN"`) if text is meant.'],
    ['123e4567', '`123e4567` is a number that is not finite: quote it (`"123e4567"`).'],
    [
      '12345678901234567890',
      '`12345678901234567890` is an integer too large to keep its digits: quote it (`"12345678901234567890"`).',
    ],
  ])('refuses a plain %s', (word, message) => {
    expect(faults(`a: [${word}]`)).toEqual([`1:5 a.0 ${message}`]);
    expect(faults(`a: ["${word}"]`)).toEqual([]);
  });

  it('refuses an unquoted template as a value, and says to quote it', () => {
    expect(faults('image:\n  tag: {{ images.main.tag }}\n')).toEqual([
      '2:9 image.tag A key must be plain text. A template must be quoted (`"{{ … }}"`): quote it.',
    ]);
  });

  it('refuses an unquoted template before text, and says to quote it', () => {
    expect(faults('image:\n  tag: {{ pr.number }}-x\n').at(0)).toMatch(
      /^2:\d+ This is not valid YAML: .*\. A template must be quoted \(`"\{\{ … \}\}"`\): quote it\.$/,
    );
  });

  it('takes a template that begins with text', () => {
    expect(readYaml('tag: pr-{{ pr.number }}').value).toEqual({ tag: 'pr-{{ pr.number }}' });
  });

  it.each([
    ['? [a, b]\n: 1', '1:3 A key must be plain text. A template must be quoted (`"{{ … }}"`): quote it.'],
    ['a: &x 1\n*x : 2', '2:1 A key must be plain text, not an alias.'],
    ['~: 1', '1:1 A key must be plain text, not `null`.'],
    ['__proto__: {polluted: 1}', '1:1 A key must be plain text, not `__proto__`.'],
    ['1: a\n"1": b', '2:1 1 The key `1` stands here twice. Remove one.'],
  ])('refuses the key in %j', (text, message) => {
    expect(faults(text)).toEqual([message]);
  });

  it('names line and column of what is not YAML', () => {
    expect(faults('a: 1\nb: [1, 2\nc: 3\n')[0]).toMatch(/^3:1 This is not valid YAML: /);
    expect(faults('a: 1\na: 2\n')).toEqual(['2:1 This is not valid YAML: Map keys must be unique.']);
    expect(faults('a: 1\n---\nb: 2\n')[0]).toMatch(/^2:1 This is not valid YAML: /);
    expect(faults('a: !secret x\n')[0]).toMatch(/^1:4 This is not valid YAML: Unresolved tag: !secret\.$/);
    expect(faults('a: *missing\n')[0]).toMatch(/missing/);
    expect(faults('\ta: 1')[0]).toMatch(/^1:\d+ This is not valid YAML: /);
  });
});

describe('an anchor', () => {
  it('is followed, and merged by <<', () => {
    const text = 'base: &base {a: 1, b: 2}\nx: {<<: *base, b: 3}\nv: {<<: [{c: 1}, *base]}\nz: *base\n';
    expect(readYaml(text).value).toEqual({
      base: { a: 1, b: 2 },
      x: { a: 1, b: 3 },
      v: { c: 1, a: 1, b: 2 },
      z: { a: 1, b: 2 },
    });
  });

  it('leads faults to where they were written', () => {
    expect(faults('base: &base\n  a: yes\nx:\n  <<: *base\n').map((line) => line.split(' ')[0])).toEqual([
      '2:6',
      '2:6',
    ]);
  });

  it('merges only maps, and templates that give one', () => {
    expect(readYaml('x: {<<: "{{ ingress.annotations }}", a: 1}').value).toEqual({
      x: { '<<': '{{ ingress.annotations }}', a: 1 },
    });
    expect(faults('x: {<<: 1}')).toEqual([
      '1:9 x.<< `<<` merges a map, a list of maps, or a template that gives a map.',
    ]);
  });

  it('makes no bomb', { timeout: 60_000 }, () => {
    const levels = Array.from(
      { length: 20 },
      (_, level) => `l${level + 1}: &l${level + 1} [${`*l${level}, `.repeat(10)}]`,
    );
    expect(faults(['l0: &l0 [x]', ...levels].join('\n'))).toEqual([
      expect.stringMatching(
        /The file has more than 50000 values once aliases are followed\. Make it smaller\.$/,
      ),
    ]);
  });

  it('makes no circle', () => {
    expect(faults('a: &a [*a]')).toHaveLength(1);
    expect(faults('a: &a {b: {<<: *a}}').length).toBeGreaterThan(0);
  });
});

describe('a file', () => {
  it('has at most 512 KiB', () => {
    expect(faults(`a: "${'x'.repeat(600_000)}"`)).toEqual([
      'The file has 600005 bytes; at most 524288 are read. Make it smaller.',
    ]);
  });

  it.each(['[', '{a: ', '- '])('is not nested without end by %j', (opening) => {
    expect(faults(opening.repeat(20_000))).not.toEqual([]);
    expect(faults(`${'['.repeat(70)}${']'.repeat(70)}`)).toEqual([
      'The file is nested too deeply; at most 64 levels are read.',
    ]);
  });

  it('never throws, whatever it holds', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => {
        expect(readYaml(text)).toBeDefined();
      }),
    );
  });
});
