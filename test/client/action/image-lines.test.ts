import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readImageLines } from '../../../client/action/image-lines.ts';
import { readImagesReady } from '../../../domain/read-message.ts';
import { sha } from '../../domain/support.ts';

const digest = `sha256:${'a'.repeat(64)}`;

describe('the input images', () => {
  it.each([
    [`ui=${digest}`, { service: 'ui', image: null, digest }],
    [`  ui = ${digest}  `, { service: 'ui', image: null, digest }],
    [`ui.main=${digest}`, { service: 'ui', image: 'main', digest }],
    [`meeting-api.initJob_2=${digest}`, { service: 'meeting-api', image: 'initJob_2', digest }],
    [`ui=ghcr.io/example/ui@${digest}`, { service: 'ui', image: null, digest }],
    [`ui=ghcr.io:443/example/ui:pr-7@${digest}`, { service: 'ui', image: null, digest }],
    ['ui=not-built', { service: 'ui', image: null, digest: null }],
    ['ui.main=not-built', { service: 'ui', image: 'main', digest: null }],
  ])('takes the line "%s"', (line, image) => {
    expect(readImageLines(line)).toEqual({ images: [image], wrong: [] });
  });

  it('takes several lines, whatever ends them, without the blank ones and those that begin with #', () => {
    const text = `# what was built\r\nui=${digest}\r\n\r\n  # nothing new here\nwebsocket=not-built\n`;
    expect(readImageLines(text)).toEqual({
      images: [
        { service: 'ui', image: null, digest },
        { service: 'websocket', image: null, digest: null },
      ],
      wrong: [],
    });
  });

  it.each([
    ['ui', 'has the line "ui", wanted service=sha256:… or service.image=sha256:…'],
    [`=${digest}`, 'wanted service=sha256:…'],
    [`UI=${digest}`, 'wanted service=sha256:…'],
    [`ui.=${digest}`, 'wanted service=sha256:…'],
    [`ui.main.more=${digest}`, 'wanted service=sha256:…'],
    ['ui=', 'has nothing after "ui=": is the output of the build step empty? not-built says'],
    ['ui=ghcr.io/example/ui@', 'wanted a digest sha256:<64 hex digits> after the = (a tag alone may move)'],
    ['ui=ghcr.io/example/ui:pr-7', 'a tag alone may move'],
    [`ui=ghcr.io/example/ui${digest}`, 'wanted a digest'],
    [`ui=@${digest}`, 'wanted a digest'],
    [`ui=${digest}a`, 'wanted a digest'],
    [`ui=${digest.toUpperCase()}`, 'wanted a digest'],
    [`ui=${digest} # built`, 'wanted a digest'],
    [`ui=ghcr.io/ui @${digest}`, 'wanted a digest'],
    ['ui=Not-built', 'or not-built'],
    [`ui=${digest}\nui=not-built`, 'names ui more than once'],
  ])('refuses "%s" with what is wrong', (text, reason) => {
    const { wrong } = readImageLines(text);
    expect(wrong).toEqual([expect.stringContaining(reason)]);
  });

  it('tells all that is wrong at once', () => {
    expect(readImageLines(`ui\nwebsocket=\nnats=${digest}\nnats=${digest}`).wrong).toHaveLength(3);
  });

  it('is no longer than a preview takes', () => {
    const lines = Array.from({ length: 201 }, (_, number) => `service-${number}=${digest}`);
    expect(readImageLines(lines.join('\n')).wrong).toEqual(['has 201 images, at most 200 are taken']);
  });

  const service = fc.stringMatching(/^[a-z0-9]([a-z0-9-]{0,20}[a-z0-9])?$/);
  const image = fc.option(fc.stringMatching(/^[A-Za-z][A-Za-z0-9_-]{0,20}$/));
  const built = fc.option(fc.stringMatching(/^[0-9a-f]{64}$/).map((hex) => `sha256:${hex}`));
  const images = fc.uniqueArray(fc.record({ service, image, digest: built }), {
    maxLength: 200,
    selector: (one) => `${one.service}.${one.image ?? ''}`,
  });

  it('comes back as it was written, and is what a preview can read', () => {
    fc.assert(
      fc.property(images, (written) => {
        const lines = written.map(
          (one) => `${one.service}${one.image === null ? '' : `.${one.image}`}=${one.digest ?? 'not-built'}`,
        );
        const read = readImageLines(lines.join('\n'));
        expect(read).toEqual({ images: written, wrong: [] });
        expect(readImagesReady({ sha: sha(1), images: read.images })).toMatchObject({ ok: true });
      }),
    );
  });

  it('is read or refused, whatever it is, and each line is one or the other', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        const { images: read, wrong } = readImageLines(text);
        const lines = text
          .split(/\r\n|\n|\r/)
          .filter((line) => line.trim() !== '' && !line.trim().startsWith('#'));
        expect(read.length + wrong.length).toBeGreaterThanOrEqual(lines.length);
      }),
    );
  });
});
