import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createTemplateEngine, TemplateFault } from '../../config/liquid.ts';

const engine = createTemplateEngine();
const scope = {
  number: 7,
  draft: false,
  text: 'a b',
  nothing: null,
  map: { a: { b: 1 }, 'x/y': 'z' },
  list: [1, 'two', null],
};

function fault(template: string): string {
  try {
    return `gave ${JSON.stringify(engine.evaluate(template, scope))}`;
  } catch (error) {
    expect(error).toBeInstanceOf(TemplateFault);
    return (error as Error).message;
  }
}

describe('a template that is exactly one output', () => {
  it.each([
    ['{{ number }}', 7],
    ['{{number}}', 7],
    ['{{ draft }}', false],
    ['{{ text }}', 'a b'],
    ['{{ nothing }}', null],
    ['{{ map }}', { a: { b: 1 }, 'x/y': 'z' }],
    ['{{ map.a.b }}', 1],
    ["{{ map['x/y'] }}", 'z'],
    ['{{ list }}', [1, 'two', null]],
    ['{{ number | plus: 1 }}', 8],
    ["{{ 'true' }}", 'true'],
    ['{{ true }}', true],
    ['{{ nil }}', null],
    ['{{ text | split: " " }}', ['a', 'b']],
  ])('%s keeps its type', (template, value) => {
    expect(engine.evaluate(template, scope)).toEqual(value);
  });

  it('gives a copy, not the platform’s own data', () => {
    const first = engine.evaluate('{{ map }}', scope) as { a: object };
    expect(first).not.toBe(scope.map);
    expect(first.a).not.toBe(scope.map.a);
  });

  it('keeps any value that JSON can say', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(engine.evaluate('{{ value }}', { value })).toEqual(value);
      }),
    );
  });
});

describe('any other template', () => {
  it.each([
    ['pr-{{ number }}', 'pr-7'],
    [' {{ number }}', ' 7'],
    ['{{ number }}\n', '7\n'],
    ['{{ number }}{{ draft }}', '7false'],
    ['[{{ nothing }}]', '[]'],
    ['{% if draft %}d{% else %}r{% endif %}', 'r'],
    ['{% raw %}{{ .Release.Name }}{% endraw %}', '{{ .Release.Name }}'],
    ['x{{ map | json }}', 'x{"a":{"b":1},"x/y":"z"}'],
    ['{% for item in list %}{{ item }},{% endfor %}', '1,two,,'],
    ['plain text', 'plain text'],
    ['', ''],
  ])('%j is rendered to text', (template, text) => {
    expect(engine.evaluate(template, scope)).toBe(text);
  });

  it('leaves text without braces as it is', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'grapheme' }).filter((text) => !/\{[{%]/.test(text)),
        (text) => {
          expect(engine.evaluate(text, scope)).toBe(text);
        },
      ),
    );
  });

  it('puts any text in its place, unescaped and not read again', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (value) => {
        expect(engine.evaluate('<{{ value }}>', { value })).toBe(`<${value}>`);
        expect(engine.evaluate('{{ value }}', { value })).toBe(value);
      }),
    );
  });
});

describe('a template is refused', () => {
  it.each([
    ['{{ missing }}', 'There is no template variable `missing`.'],
    ['x{{ map.missing }}', 'There is no template variable `map.missing`.'],
    ['{% if missing %}{% endif %}', 'There is no template variable `missing`.'],
    ['{{ missing | default: "x" }}', 'There is no template variable `missing`.'],
    ['{{ map.constructor }}', 'There is no template variable `map.constructor`.'],
    ['{{ map.__proto__ }}', 'There is no template variable `map.__proto__`.'],
    ['{{ text.constructor }}', 'There is no template variable `text.constructor`.'],
    ['x{{ map }}', 'It puts a map into text. Let it stand alone, or add `| json`.'],
    ['x{{ list }}', 'It puts a list into text. Let it stand alone, or add `| json`.'],
    ['{{ empty }}', 'It gives no text, number, boolean, list or map.'],
    ['{{ number | divided_by: 0 }}', expect.stringMatching(/^(The template cannot be read: |It gives no )/)],
    ['{{ number', 'The template cannot be read: output "{{ number" not closed.'],
  ])('as %s', (template, message) => {
    expect(fault(template)).toEqual(message);
  });

  it.each([
    '{% for a in (1..100000000) %}x{% endfor %}',
    '{% for a in (1..2000) %}{% for b in (1..2000) %}x{{ b }}{% endfor %}{% endfor %}',
    '{% assign s = "xxxxxxxxxxxxxxxx" %}{% for a in (1..40) %}{% assign s = s | append: s %}{% endfor %}{{ s }}',
    `{{ "${'x'.repeat(70_000)}" }}`,
  ])('when it costs too much: %.60s', { timeout: 60_000 }, (template) => {
    expect(fault(template)).toMatch(/limit/);
  });

  it.each(['{% include "/etc/passwd" %}', '{% render "x" %}', '{% layout "x" %}{% block a %}{% endblock %}'])(
    'when it asks for a file: %s',
    (template) => {
      expect(fault(template)).toMatch(/^There is no tag `(include|render|layout|block)`/);
    },
  );
});
