import { describe, expect, it } from 'vitest';
import { imageRequests } from '../../config/image-requests.ts';
import type { ReportedImage } from '../../domain/messages.ts';
import { digest, planInputs, platform, preview } from './samples.ts';

function requests(images: string, reported?: readonly ReportedImage[]) {
  const config = preview(`services: {ui: {chart: {path: x}, images: ${images}}}`);
  const found = imageRequests({
    platform: platform(),
    preview: config,
    inputs: planInputs(),
    ...(reported ? { reported } : {}),
  });
  return {
    requests: found.requests,
    warnings: found.warnings,
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
        waitOver: false,
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
        waitOver: false,
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

describe("CI's word on the images of a commit", () => {
  const two = '{main: {repository: r.io/main}, side: {repository: r.io/side}}';

  it.each([
    ['a digest', { image: 'main', digest }, { fresh: 'reported', reported: digest, notBuilt: false }],
    [
      'that it was not built',
      { image: 'main', digest: null },
      { fresh: 'revision', reported: null, notBuilt: true },
    ],
    [
      'a digest for the whole service',
      { image: null, digest },
      { fresh: 'reported', reported: digest, notBuilt: false },
    ],
    [
      'that nothing of the service was built',
      { image: null, digest: null },
      { fresh: 'revision', reported: null, notBuilt: true },
    ],
    ['nothing', { image: 'side', digest }, { fresh: 'revision', reported: null, notBuilt: false }],
  ])('on an image without `fresh`, when it is %s, goes into its request', (_, report, wanted) => {
    const { requests: found, warnings } = requests(two, [{ service: 'ui', ...report }]);
    expect(found[0]).toMatchObject({ image: 'main', ...wanted });
    expect(warnings).toEqual([]);
  });

  it('leaves an explicit `fresh` as it is: the label is still demanded', () => {
    const { requests: found } = requests('{main: {repository: r.io/main, fresh: revision}}', [
      { service: 'ui', image: 'main', digest },
    ]);
    expect(found).toMatchObject([{ fresh: 'revision', reported: digest }]);
  });

  it('that names what the preview does not have is a warning, and the rest counts', () => {
    const {
      requests: found,
      problems,
      warnings,
    } = requests(two, [
      { service: 'uii', image: null, digest },
      { service: 'ui', image: 'sied', digest },
      { service: 'ui', image: 'main', digest },
      { service: 'constructor', image: null, digest: null },
    ]);
    expect(problems).toEqual([]);
    expect(found.map(({ reported }) => reported)).toEqual([digest, null]);
    expect(warnings).toEqual([
      'CI reported images of the service `uii`, which `preview.yaml` does not have; did you mean `ui`?',
      'CI reported the image `sied` of the service `ui`, which `preview.yaml` does not have; did you mean `side`?',
      'CI reported images of the service `constructor`, which `preview.yaml` does not have.',
    ]);
  });
});
