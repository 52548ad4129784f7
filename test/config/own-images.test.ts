import { describe, expect, it } from 'vitest';
import { ownImages } from '../../config/own-images.ts';
import type { PinnedImages } from '../../domain/plan.ts';
import { digest, pinned, planInputs, platform, preview } from './samples.ts';

const deleting = 'registries: [{host: ghcr.io, deleteImages: true}, {host: kept.example.com}]\n';
const other = { ...pinned, digest: `sha256:${'b'.repeat(64)}` };

function own(images: string, found: PinnedImages = { ui: { main: pinned } }, platformText = deleting) {
  return ownImages({
    platform: platform(platformText),
    preview: preview(`services: {ui: {chart: {path: x}, images: ${images}}}`),
    inputs: planInputs({ images: found }),
  });
}

describe('the images that are a pull request’s own', () => {
  it('are those whose tag, or repository, names its number', () => {
    const expected = [{ repository: 'ghcr.io/example/ui', tag: 'pr-7', digest }];
    expect(own('{main: {repository: ghcr.io/example/ui, tag: "pr-{{ pr.number }}"}}')).toEqual(expected);
    const byRepository = { ui: { main: { ...pinned, repository: 'ghcr.io/example/ui-7', tag: 'latest' } } };
    expect(
      own('{main: {repository: "ghcr.io/example/ui-{{ pr.number }}", tag: latest}}', byRepository),
    ).toHaveLength(1);
  });

  it.each([
    ['a tag that only happens to hold the number', '{main: {repository: ghcr.io/example/ui, tag: pr-7}}'],
    ['a commit', '{main: {repository: ghcr.io/example/ui, tag: "{{ commit }}"}}'],
    ['a branch', '{main: {repository: ghcr.io/example/ui, tag: "{{ pr.branch | slice: 0, 7 }}"}}'],
  ])('are not those of %s', (_, images) => {
    expect(own(images)).toEqual([]);
  });

  it('are not fallbacks, and not in a registry that deletes nothing', () => {
    const images =
      '{main: {repository: ghcr.io/example/ui, fallback: latest}, side: {repository: kept.example.com/ui}}';
    const found: PinnedImages = {
      ui: {
        main: { ...other, tag: 'latest', fallback: true },
        side: { ...pinned, repository: 'kept.example.com/ui' },
      },
    };
    expect(own(images, found)).toEqual([]);
    expect(own('{main: {repository: ghcr.io/example/ui}}', { ui: { main: pinned } }, '')).toEqual([]);
    const unproven: PinnedImages = { ui: { main: { ...pinned, unproven: true } } };
    expect(own('{main: {repository: ghcr.io/example/ui}}', unproven)).toEqual([]);
  });

  it('are told once, however many services run them', () => {
    const images = '{main: {repository: ghcr.io/example/ui}, again: {repository: ghcr.io/example/ui}}';
    expect(own(images, { ui: { main: pinned, again: pinned } })).toHaveLength(1);
    expect(own(images, { ui: { main: pinned, again: other } })).toHaveLength(2);
  });
});
