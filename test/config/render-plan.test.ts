import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { renderPlan } from '../../config/render-plan.ts';
import type { PlanSourcesInput } from '../../config/render-plan.ts';
import type { PlanInputs } from '../../domain/plan.ts';
import { digest, pinned, planInputs, platform, preview } from './samples.ts';

const previewText = `
database: {}
secrets: [{name: jwt, generate: {secret: {bytes: 32}}}]
services:
  nats: {chart: {oci: r.io/nats, version: "1"}}
  ui:
    release: "preview-{{ pr.number }}-ui"
    chart: {path: helm/ui}
    images: {main: {repository: ghcr.io/example/ui}}
    host: ''
    needs: [nats]
    probe: {path: /}
    version: {path: /version, field: git_sha}
    values:
      replicas: 2
      image: {repository: "{{ images.main.repository }}", tag: "{{ images.main.pinnedTag }}", all: "{{ images.main.reference }}"}
      number: "{{ pr.number }}"
      draft: "{{ pr.draft }}"
      text: "pr {{ pr.number }} by {{ pr.author }} at {{ commit }}"
      env: [{name: DB, valueFrom: {secretKeyRef: {name: "{{ database.secret.name }}", key: "{{ database.secret.key }}"}}}]
      where: ["{{ namespace }}", "{{ domain }}", "{{ hosts.ui }}", "{{ urls.ui }}", "{{ repository.owner }}/{{ repository.name }}"]
      database: "{{ database.name }} {{ database.role }} {{ database.host }}"
      ingress: {annotations: {<<: "{{ ingress.annotations }}", a: null}}
      "key-{{ pr.number }}": 1
`;
const platformText = 'database: {host: db.infra.svc}\ningress: {annotations: {robots: noindex, a: b}}\n';

function sources(changes: Partial<PlanSourcesInput> = {}): PlanSourcesInput {
  return {
    platform: platform(platformText),
    preview: preview(previewText),
    inputs: planInputs(),
    charts: {
      nats: { identity: 'oci r.io/nats 1 sha256:1', defaults: {} },
      ui: { identity: 'path helm/ui tree:2', defaults: {} },
    },
    ...changes,
  };
}

function plan(changes: Partial<PlanSourcesInput> = {}) {
  const { plan, problems } = renderPlan(sources(changes));
  if (!plan) throw new Error(JSON.stringify(problems));
  return plan;
}

const problemsOf = (changes: Partial<PlanSourcesInput>) =>
  renderPlan(sources(changes)).problems.map(({ where, message }) => `${where ?? ''} | ${message}`);

const hashWith = (inputs: Partial<PlanInputs>) => plan({ inputs: planInputs(inputs) }).hash;

describe('a plan', () => {
  it('has every template filled in, types kept', () => {
    const [, ui] = plan().services;
    expect(ui).toEqual({
      name: 'ui',
      release: 'preview-7-ui',
      chart: { kind: 'path', path: 'helm/ui' },
      images: { main: pinned },
      host: 'pr-7.sandbox.example.com',
      url: 'https://pr-7.sandbox.example.com',
      needs: ['nats'],
      needsDatabase: true,
      timeoutMs: 300_000,
      probe: { path: '/' },
      version: { path: '/version', field: 'git_sha' },
      values: {
        replicas: 2,
        image: {
          repository: 'ghcr.io/example/ui',
          tag: `pr-7@${digest}`,
          all: `ghcr.io/example/ui:pr-7@${digest}`,
        },
        number: 7,
        draft: false,
        text: `pr 7 by someone at ${'c'.repeat(40)}`,
        env: [{ name: 'DB', valueFrom: { secretKeyRef: { name: 'database', key: 'url' } } }],
        where: [
          'preview-7',
          'sandbox.example.com',
          'pr-7.sandbox.example.com',
          'https://pr-7.sandbox.example.com',
          'example/videocall',
        ],
        database: 'preview_7 preview_7 db.infra.svc',
        ingress: { annotations: { robots: 'noindex', a: null } },
        'key-7': 1,
      },
    });
  });

  it('carries what the platform says, and whose it is', () => {
    expect(plan()).toMatchObject({
      names: { namespace: 'preview-7', database: 'preview_7' },
      owner: {
        platform: 'pr-preview',
        repositoryId: 4711,
        owner: 'example',
        repository: 'videocall',
        number: 7,
      },
      database: {
        name: 'preview_7',
        secret: { name: 'database', key: 'url' },
        host: 'db.infra.svc',
        port: 5432,
      },
      secrets: [{ kind: 'generate', name: 'jwt', keys: { secret: { bytes: 32 } } }],
      pullSecrets: [],
      tlsSecret: null,
      quota: { pods: 10 },
      ingressAnnotations: { robots: 'noindex', a: 'b' },
      lifetime: { defaultMs: 259_200_000, maximumMs: 1_209_600_000 },
    });
  });

  it('waits for the database only in services whose values use it', () => {
    expect(plan().services.map(({ name, needsDatabase }) => [name, needsDatabase])).toEqual([
      ['nats', false],
      ['ui', true],
    ]);
  });

  it('lives no longer than the platform allows, and says so', () => {
    const { plan, warnings } = renderPlan(sources({ preview: preview(`lifetime: 30d\n${previewText}`) }));
    expect(plan?.lifetime).toMatchObject({ defaultMs: 1_209_600_000, maximumMs: 1_209_600_000 });
    expect(warnings).toEqual(['lifetime: 30d is more than the platform allows; the preview lives 14d.']);
    expect(
      renderPlan(sources({ preview: preview(`lifetime: 5d\n${previewText}`) })).plan?.lifetime.defaultMs,
    ).toBe(432_000_000);
  });

  it('is refused when it names its place on a platform where places have no names', () => {
    const numbers = preview(previewText.replace('replicas: 2', 'cookie: "{{ place }}-session"'));
    expect(problemsOf({ preview: numbers })).toEqual([
      'preview.yaml: services.ui | `{{ place }}` needs a platform with fixed stems, and this one has a number of places. Use `{{ pr.number }}`, or ask its operator to set `capacity.stems`.',
    ]);
  });

  it('takes its hosts from the granted place', () => {
    const stems = platform(
      `${platformText}capacity: {stems: [pr1, pr2]}\nhosts: {pattern: "{place}{-suffix}.{domain}"}\n`,
    );
    expect(plan({ platform: stems, inputs: planInputs({ place: 'pr2' }) }).names.hosts).toEqual({
      ui: 'pr2.sandbox.example.com',
    });
    expect(plan({ platform: stems }).names.hosts).toEqual({ ui: 'place.sandbox.example.com' });
  });
});

describe('a plan is refused', () => {
  it('with every problem at once', () => {
    const bad = preview(`
database: {}
secrets: [{name: oauth, copy: true}]
services:
  a: {chart: {path: x}, release: "{{ pr.branch }}"}
  b: {chart: {path: x}, release: "r{{ pr.number }}", values: {q: "{{ pr.number | divided_by: pr.draft }}", m: "x{{ pr }}"}}
  c: {chart: {path: x}, release: "r7"}
  d: {chart: {path: x}, release: "${'r'.repeat(54)}"}
  e: {chart: {path: x}, images: {main: {repository: r.io/x}}, values: {"{{ pr.number }}": 1, "7": 2, <<: "{{ commit }}"}}
`);
    const all = problemsOf({ preview: bad, platform: platform() });
    expect(all).toEqual([
      expect.stringMatching(/^preview\.yaml: services\.b\.values\.q \| /),
      'preview.yaml: services.b.values.m | It puts a map into text. Let it stand alone, or add `| json`.',
      'preview.yaml: services.e.images.main | No digest is known for this image.',
      'preview.yaml: services.e.values["{{ pr.number }}"] | The key `7` stands here twice once its templates are filled in.',
      'preview.yaml: services.e.values["<<"] | Expected a template that gives a map to merge.',
      'preview.yaml: services.a.release | Expected a release name of lower-case letters, digits, `-` and `.`, found `feature/topic`.',
      'preview.yaml: services.c.release | `c` and `b` have the same release name `r7`. Give one another.',
      `preview.yaml: services.d.release | The release name \`${'r'.repeat(54)}\` has 54 characters; Helm takes at most 53. Shorten it.`,
      'preview.yaml: secrets[0] | The platform gives no secret `oauth` to example/videocall. Ask its operator to list it under `sourceSecrets`, or remove it.',
      'preview.yaml: database | The platform has no database to give. Ask its operator to set `database`, or remove this.',
    ]);
    expect(renderPlan(sources({ preview: bad, platform: platform() })).plan).toBeNull();
  });

  it('when its values are too large for Helm', () => {
    const large = preview(
      'services: {a: {chart: {path: x}, values: {a: "{% for i in (1..9000) %}{{ commit }}{{ commit }}{% endfor %}"}}}',
    );
    expect(problemsOf({ preview: large })).toEqual([
      'preview.yaml: services.a.values | The values have 720008 bytes as JSON; at most 524288 fit. Make them smaller.',
    ]);
  });
});

describe('the hash of a plan', () => {
  it('is a SHA-256', () => {
    expect(plan().hash).toMatch(/^[0-9a-f]{64}$/);
  });

  it('stays, whatever the place', () => {
    const stems = platform(
      `${platformText}capacity: {stems: [pr1, pr2]}\nhosts: {pattern: "{place}{-suffix}.{domain}"}\n`,
    );
    const used = preview(previewText.replace('replicas: 2', 'cookie: "{{ place }}"'));
    const hashes = [null, 'pr1', 'pr2'].map(
      (place) => plan({ platform: stems, preview: used, inputs: planInputs({ place }) }).hash,
    );
    expect(new Set(hashes).size).toBe(1);
  });

  it('stays in whatever order things are written', () => {
    const reversed = (value: unknown): unknown => {
      if (Array.isArray(value)) return value.map(reversed);
      if (typeof value !== 'object' || value === null) return value;
      return Object.fromEntries(
        Object.entries(value)
          .toReversed()
          .map(([key, item]) => [key, reversed(item)]),
      );
    };
    const turned = reversed(sources()) as PlanSourcesInput;
    expect(renderPlan(turned).plan?.hash).toBe(plan().hash);
  });

  it.each<[string, Partial<PlanSourcesInput>]>([
    ['the commit', { inputs: planInputs({ commit: 'e'.repeat(40) }) }],
    ['the config commit', { inputs: planInputs({ configCommit: 'e'.repeat(40) }) }],
    ['the repository id', { inputs: planInputs({ repositoryId: 1 }) }],
    [
      'the number',
      { inputs: planInputs({ pullRequest: { owner: 'example', repository: 'videocall', number: 8 } }) },
    ],
    [
      'the owner’s spelling',
      { inputs: planInputs({ pullRequest: { owner: 'Example', repository: 'videocall', number: 7 } }) },
    ],
    ['an outsider', { inputs: planInputs({ outsider: true }) }],
    [
      'a draft',
      { inputs: planInputs({ pr: { number: 7, author: 'someone', branch: 'feature/topic', draft: true } }) },
    ],
    [
      'the branch',
      { inputs: planInputs({ pr: { number: 7, author: 'someone', branch: 'other', draft: false } }) },
    ],
    [
      'a digest',
      { inputs: planInputs({ images: { ui: { main: { ...pinned, digest: `sha256:${'b'.repeat(64)}` } } } }) },
    ],
    [
      'a chart',
      {
        charts: {
          nats: { identity: 'oci r.io/nats 1 sha256:1', defaults: {} },
          ui: { identity: 'path helm/ui tree:3', defaults: {} },
        },
      },
    ],
    ['a value', { preview: preview(previewText.replace('replicas: 2', 'replicas: 3')) }],
    ['a release', { preview: preview(previewText.replace('-ui"', '-web"')) }],
    ['any field of the platform', { platform: platform(`${platformText}probe: {timeout: 61s}`) }],
  ])('changes with %s', (_, changes) => {
    expect(plan(changes).hash).not.toBe(plan().hash);
  });

  it('does not change with the defaults of a chart, which are part of its identity', () => {
    const charts = {
      nats: { identity: 'oci r.io/nats 1 sha256:1', defaults: { a: 1 } },
      ui: { identity: 'path helm/ui tree:2', defaults: {} },
    };
    expect(plan({ charts }).hash).toBe(plan().hash);
  });

  it('is the same for the same inputs and differs for others', () => {
    const inputs = fc.record({
      commit: fc.stringMatching(/^[0-9a-f]{40}$/),
      repositoryId: fc.nat(),
      outsider: fc.boolean(),
      place: fc.option(fc.stringMatching(/^[a-z][a-z0-9]{0,5}$/)),
    });
    fc.assert(
      fc.property(inputs, inputs, (one, other) => {
        const same =
          one.commit === other.commit &&
          one.repositoryId === other.repositoryId &&
          one.outsider === other.outsider;
        expect(hashWith(one)).toBe(hashWith(structuredClone(one)));
        expect(hashWith(one) === hashWith(other)).toBe(same);
      }),
      { numRuns: 25 },
    );
  });
});

describe('the secrets of a plan', () => {
  const from = `${platformText}
tls: {mode: secret, namespace: infra, name: wildcard}
sourceSecrets:
  - {namespace: infra, name: oauth, repositories: [Example/Videocall]}
registries: [{host: ghcr.io, pullSecret: {namespace: infra, name: pull}}, {host: "localhost:5000"}]
`;
  const asking = preview(
    'secrets: [{name: oauth, copy: true}, {name: jwt, generate: {k: {}}}]\nservices: {a: {chart: {path: x}}}',
  );

  it('are the certificate, those that are asked for, and those for pulling', () => {
    const { secrets, tlsSecret, pullSecrets } = plan({ platform: platform(from), preview: asking });
    expect(secrets).toEqual([
      { kind: 'generate', name: 'jwt', keys: { k: { bytes: 32 } } },
      { kind: 'copy', name: 'oauth', from: { namespace: 'infra', name: 'oauth' } },
    ]);
    expect(tlsSecret).toEqual({ from: { namespace: 'infra', name: 'wildcard' }, name: 'wildcard' });
    expect(pullSecrets).toEqual([{ from: { namespace: 'infra', name: 'pull' }, name: 'pull-ghcr-io' }]);
  });

  it('are not copied for outsiders, but for those for pulling', () => {
    const { plan, warnings } = renderPlan(
      sources({ platform: platform(from), preview: asking, inputs: planInputs({ outsider: true }) }),
    );
    expect(plan?.secrets).toEqual([{ kind: 'generate', name: 'jwt', keys: { k: { bytes: 32 } } }]);
    expect(plan?.tlsSecret).toBeNull();
    expect(plan?.pullSecrets).toHaveLength(1);
    expect(warnings).toEqual([
      "secrets[0]: `oauth` is not given to an outsider's preview; a container that requires it does not start.",
    ]);
  });

  it('are not copied into another repository’s preview', () => {
    const inputs = planInputs({ pullRequest: { owner: 'example', repository: 'other', number: 7 } });
    expect(problemsOf({ platform: platform(from), preview: asking, inputs })).toEqual([
      'preview.yaml: secrets[0] | The platform gives no secret `oauth` to example/other. Ask its operator to list it under `sourceSecrets`, or remove it.',
    ]);
  });

  it('may not take each other’s names', () => {
    const clash = preview(
      'database: {secret: {name: wildcard}}\nsecrets: [{name: pull-ghcr-io, generate: {k: {}}}]\nservices: {a: {chart: {path: x}}}',
    );
    expect(problemsOf({ platform: platform(from), preview: clash })).toEqual([
      "preview.yaml: database.secret.name | `wildcard` is the name of the platform's certificate in every preview. Choose another name.",
      'preview.yaml: secrets[0].name | `pull-ghcr-io` is the name of a secret that images are pulled with in every preview. Choose another name.',
    ]);
  });
});

describe('values that the chart does not have', () => {
  const defaults = {
    image: { repository: 'x', tag: 'y' },
    runtimeConfig: { wsUrl: 'wss://app.videocall.rs', apiBaseUrl: '' },
    env: [],
    resources: {},
    tolerations: null,
    global: { a: 1 },
    replicas: 1,
    ingress: { annotations: { a: 'b' } },
  };
  const warnings = (values: string, chart: Record<string, unknown> = defaults) =>
    renderPlan(
      sources({
        preview: preview(`services: {ui: {chart: {path: x}, values: ${values}}}`),
        charts: { ui: { identity: 'i', defaults: chart } },
      }),
    ).warnings;

  it('are told with the nearest name', () => {
    expect(warnings('{runtimeConfig: {wsURL: x}, imgae: {tag: z}, replicas: 2}')).toEqual([
      'services.ui.values.runtimeConfig.wsURL: the chart has no such value; did you mean `wsUrl`?',
      'services.ui.values.imgae: the chart has no such value; did you mean `image`?',
    ]);
  });

  it('are told with what there is when nothing is near', () => {
    expect(warnings('{image: {digest: x}}')).toEqual([
      'services.ui.values.image.digest: the chart has no such value. It has `repository`, `tag`.',
    ]);
  });

  it.each([
    '{resources: {limits: {cpu: 1}}}',
    '{env: [{name: A, value: b}]}',
    '{tolerations: {anything: 1}}',
    '{ingress: {annotations: {c: d}}}',
    '{global: {a: 2}, image: null, replicas: {a: 1}}',
    '{image: {tag: "{{ commit }}"}}',
  ])('are not %s', (values) => {
    expect(warnings(values)).toEqual([]);
  });

  it('are none where the chart has no values of its own, and `global` is every chart’s', () => {
    expect(warnings('{anything: 1}', {})).toEqual([]);
    expect(warnings('{global: {x: 1}}', { a: 1 })).toEqual([]);
    expect(warnings('{global: {x: 1}}')).toEqual([]);
    expect(warnings('{a: {global: 1}}', { a: { b: 1 } })).toHaveLength(1);
  });
});
