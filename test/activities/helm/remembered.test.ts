import { describe, expect, test } from 'vitest';
import type { Helm, Rendering } from '../../../activities/helm/helm.ts';
import { remembering } from '../../../activities/helm/remembered.ts';

const { signal } = new AbortController();

/** Helm that counts its renderings; everything else may not be asked of it. */
function counting(): { helm: Helm; rendered: string[]; fail: (times: number) => void } {
  const rendered: string[] = [];
  let failures = 0;
  const never = (): never => expect.fail('only rendering is asked for');
  const template: Helm['template'] = async ({ release, values }) => {
    rendered.push(release);
    failures -= 1;
    if (failures >= 0) throw new Error('it does not render');
    await Promise.resolve();
    return [
      {
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { name: release, labels: { tag: String(values['tag']) } },
      },
    ];
  };
  return {
    helm: { template, upgrade: never, uninstall: never, endLeftovers: never },
    rendered,
    fail: (times) => {
      failures = times;
    },
  };
}

const ui: Rendering = {
  chart: { path: '/charts/ui', identity: 'path helm/ui tree:1' },
  release: 'preview-7-ui',
  namespace: 'preview-7',
  values: { tag: 'pr-7', host: 'a' },
};

describe('Helm that remembers', () => {
  test('renders the same once, wherever the chart lies and however its values are ordered', async () => {
    const { helm, rendered } = counting();
    const kept = remembering(helm);
    const first = await kept.template(ui, signal);
    const chart = { ...ui.chart, path: '/elsewhere/ui' };
    expect(await kept.template({ ...ui, chart, values: { host: 'a', tag: 'pr-7' } }, signal)).toBe(first);
    expect(rendered).toHaveLength(1);
  });

  test.each([
    ['chart', { chart: { ...ui.chart, identity: 'path helm/ui tree:2' } }],
    ['release', { release: 'preview-7-other' }],
    ['namespace', { namespace: 'preview-8' }],
    ['values', { values: { ...ui.values, tag: 'pr-8' } }],
  ])('renders again for another %s', async (_, change) => {
    const { helm, rendered } = counting();
    const kept = remembering(helm);
    await kept.template(ui, signal);
    await kept.template({ ...ui, ...change }, signal);
    expect(rendered).toHaveLength(2);
  });

  test('does not remember a failure', async () => {
    const { helm, rendered, fail } = counting();
    const kept = remembering(helm);
    fail(1);
    await expect(kept.template(ui, signal)).rejects.toThrow('it does not render');
    expect(await kept.template(ui, signal)).toHaveLength(1);
    expect(rendered).toHaveLength(2);
  });

  test('forgets what was not used for longest, once it is too much', async () => {
    const { helm, rendered } = counting();
    const size = 3 * JSON.stringify(await helm.template(ui, signal)).length;
    const kept = remembering(helm, { size });
    rendered.length = 0;
    const named = (letter: string): Rendering => ({ ...ui, release: `preview-7-${letter}x` });
    for (const letter of ['a', 'b', 'c', 'a', 'd', 'a', 'b']) await kept.template(named(letter), signal);
    expect(rendered.map((release) => release.at(-2))).toEqual(['a', 'b', 'c', 'd', 'b']);
  });

  test('keeps count when the same is rendered twice at once', async () => {
    const { helm, rendered } = counting();
    const size = 2 * JSON.stringify(await helm.template(ui, signal)).length;
    const kept = remembering(helm, { size });
    rendered.length = 0;
    await Promise.all([kept.template(ui, signal), kept.template(ui, signal)]);
    const other = { ...ui, release: 'preview-8-ui' };
    await kept.template(other, signal);
    await kept.template(ui, signal);
    await kept.template(other, signal);
    expect(rendered).toHaveLength(3);
  });

  test('hands out what nobody can change for the others', async () => {
    const kept = remembering(counting().helm);
    const [object] = await kept.template(ui, signal);
    expect(() => Object.assign(object?.metadata?.labels ?? {}, { tag: 'changed' })).toThrow(TypeError);
  });
});
