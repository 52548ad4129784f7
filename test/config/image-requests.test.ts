import { describe, expect, it } from 'vitest';
import { imageRequests } from '../../config/image-requests.ts';
import { planInputs, platform, preview } from './samples.ts';

function requests(images: string) {
  const config = preview(`services: {ui: {chart: {path: x}, images: ${images}}}`);
  const found = imageRequests({ platform: platform(), preview: config, inputs: planInputs() });
  return {
    requests: found.requests,
    problems: found.problems.map(({ where, message }) => `${where ?? ''} | ${message}`),
  };
}

describe('the images a preview wants', () => {
  it('have their templates filled in, in lower case where registries demand it', () => {
    const { requests: found, problems } = requests(
      '{main: {repository: "ghcr.io/Example/{{ repository.name }}-ui"}, side: {repository: "localhost:5000/x", tag: "{{ commit }}", fresh: any, fallback: "v{{ pr.number }}"}}',
    );
    expect(problems).toEqual([]);
    expect(found).toEqual([
      {
        service: 'ui',
        image: 'main',
        repository: 'ghcr.io/example/videocall-ui',
        tag: 'pr-7',
        fresh: 'revision',
        fallback: null,
        reported: null,
        notBuilt: false,
      },
      {
        service: 'ui',
        image: 'side',
        repository: 'localhost:5000/x',
        tag: 'c'.repeat(40),
        fresh: 'any',
        fallback: 'v7',
        reported: null,
        notBuilt: false,
      },
    ]);
  });

  it.each([
    [
      '{repository: nginx}',
      'services.ui.images.main.repository | Expected a repository with its registry, such as `ghcr.io/owner/name`, without a tag, found `nginx`.',
    ],
    [
      '{repository: owner/name}',
      'services.ui.images.main.repository | Expected a repository with its registry, such as `ghcr.io/owner/name`, without a tag, found `owner/name`.',
    ],
    [
      '{repository: "ghcr.io/o/n:latest"}',
      'services.ui.images.main.repository | Expected a repository with its registry, such as `ghcr.io/owner/name`, without a tag, found `ghcr.io/o/n:latest`.',
    ],
    [
      '{repository: "https://ghcr.io/o/n"}',
      'services.ui.images.main.repository | Expected a repository with its registry, such as `ghcr.io/owner/name`, without a tag, found `https://ghcr.io/o/n`.',
    ],
    [
      '{repository: "ghcr.io/o/../n"}',
      'services.ui.images.main.repository | Expected a repository with its registry, such as `ghcr.io/owner/name`, without a tag, found `ghcr.io/o/../n`.',
    ],
    [
      '{repository: r.io/x, tag: "{{ pr.branch }}"}',
      'services.ui.images.main.tag | Expected a tag: at most 128 letters, digits, `_`, `.` and `-`, found `feature/topic`.',
    ],
    [
      '{repository: r.io/x, fallback: "a b"}',
      'services.ui.images.main.fallback | Expected a tag: at most 128 letters, digits, `_`, `.` and `-`, found `a b`.',
    ],
  ])('are refused as %s', (image, message) => {
    const { requests: found, problems } = requests(`{main: ${image}, good: {repository: r.io/good}}`);
    expect(problems).toEqual([`preview.yaml: ${message}`]);
    expect(found.map((request) => request.image)).toEqual(['good']);
  });
});
