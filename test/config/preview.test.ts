import { describe, expect, it } from 'vitest';
import { parsePreviewConfig } from '../../config/preview.ts';
import { preview, told } from './samples.ts';

const faults = (text: string) => told(parsePreviewConfig(text, 'preview.yaml'));
/** Faults of one service that has a chart and this. */
const service = (text: string) => faults(`services:\n  ui:\n    chart: {path: helm/ui}\n    ${text}\n`);

describe('the preview config', () => {
  it('needs services with charts; everything else has a default', () => {
    expect(preview('services: {ui: {chart: {path: helm/ui}}}')).toEqual({
      lifetime: null,
      database: null,
      secrets: [],
      services: {
        ui: {
          release: 'ui',
          chart: { kind: 'path', path: 'helm/ui' },
          images: {},
          host: null,
          needs: [],
          timeout: 300_000,
          probe: null,
          version: null,
          values: {},
        },
      },
      images: { build: null },
    });
  });

  it('is taken with every field set', () => {
    const config = preview(`
lifetime: 12h
database: {secret: {name: db, key: DATABASE_URL}}
secrets:
  - {name: jwt, generate: {secret: {bytes: 64}, other: {}}}
  - {name: oauth, copy: true}
services:
  nats: {chart: {repository: https://nats-io.github.io/k8s/helm/charts/, name: nats, version: 2.14.2}}
  api: {chart: {oci: ghcr.io/o/charts/api, version: 1.2.3}, needs: [nats]}
  ui:
    release: "preview-{{ pr.number }}-ui"
    chart: {path: helm/ui}
    images: {main: {repository: ghcr.io/o/ui}, side: {repository: "ghcr.io/{{ repository.owner }}/side", tag: v1, fresh: any, fallback: latest}}
    host: ''
    needs: [nats, api]
    timeout: 90s
    probe: {path: /healthz}
    version: {path: /version, field: git_sha}
    values: {replicas: 1, "{{ namespace }}": x}
images: {build: {workflow: build.yaml}}
`);
    expect(config).toMatchObject({
      lifetime: 43_200_000,
      database: { secret: { name: 'db', key: 'DATABASE_URL' } },
      secrets: [
        { kind: 'generate', name: 'jwt', keys: { secret: { bytes: 64 }, other: { bytes: 32 } } },
        { kind: 'copy', name: 'oauth' },
      ],
      images: { build: { workflow: 'build.yaml' } },
    });
    expect(config.services['nats']?.chart).toEqual({
      kind: 'repository',
      url: 'https://nats-io.github.io/k8s/helm/charts/',
      name: 'nats',
      version: '2.14.2',
    });
    expect(config.services['api']?.chart).toEqual({
      kind: 'oci',
      url: 'oci://ghcr.io/o/charts/api',
      version: '1.2.3',
    });
    expect(config.services['ui']).toMatchObject({
      host: '',
      timeout: 90_000,
      images: {
        main: { repository: 'ghcr.io/o/ui', tag: 'pr-{{ pr.number }}', fresh: null, fallback: null },
        side: { fresh: 'any', fallback: 'latest' },
      },
    });
  });

  it('has a database with the usual names when it only says so', () => {
    expect(preview('database: {}\nservices: {ui: {chart: {path: a}}}').database).toEqual({
      secret: { name: 'database', key: 'url' },
    });
  });

  it('hands null, false and zero on to Helm', () => {
    const values =
      'values: {ingress: {annotations: {cert-manager.io/issuer: null}, tls: []}, a: false, b: 0, c: ""}';
    expect(preview(`services: {ui: {chart: {path: a}, ${values}}}`).services['ui']?.values).toEqual({
      ingress: { annotations: { 'cert-manager.io/issuer': null }, tls: [] },
      a: false,
      b: 0,
      c: '',
    });
  });

  it('tells every problem of the file at once, in its order, with line and column', () => {
    const text = `databse: {}
services:
  ui:
    chart: {path: ../../etc}
    hosts: ui
    timeout: 5
    needs: [nast]
    values:
      a: "{{ pr.nubmer }}"
      b: {{ pr.number }}
      c: 012
      d: [1, {e: "{{ hosts.api }}"}]
  nats:
    chart: {name: nats}
    images: {main: {repository: x, tagg: z}}
    host: Nats
`;
    expect(faults(text)).toEqual([
      'preview.yaml:1:1: databse | There is no setting `databse`; did you mean `database`? Known here: `lifetime`, `database`, `secrets`, `services`, `images`.',
      'preview.yaml:4:19: services.ui.chart.path | Expected a path inside the repository such as `helm/ui`, without `..`, found `"../../etc"`.',
      'preview.yaml:5:5: services.ui.hosts | There is no setting `hosts`; did you mean `host`? Known here: `release`, `chart`, `images`, `host`, `needs`, `timeout`, `probe`, `version`, `values`.',
      'preview.yaml:6:14: services.ui.timeout | Expected a duration such as `30m`, `72h` or `14d`, or 0, found the number `5`.',
      'preview.yaml:7:13: services.ui.needs[0] | There is no service `nast`; did you mean `nats`? Services: `ui`, `nats`.',
      'preview.yaml:9:10: services.ui.values.a | There is no template variable `pr.nubmer`; did you mean `pr.number`? Known: `pr.number`, `pr.author`, `pr.branch`, `pr.draft`.',
      'preview.yaml:10:11: services.ui.values.b | A key must be plain text. A template must be quoted (`"{{ … }}"`): quote it.',
      'preview.yaml:11:10: services.ui.values.c | Helm\'s YAML reads an integer with a leading zero as octal, others as decimal: quote it (`"012"`) if text is meant.',
      expect.stringMatching(
        /^preview\.yaml:12:18: services\.ui\.values\.d\[1\]\.e \| There is no template variable `hosts\.api`\. Known: /,
      ),
      'preview.yaml:14:12: services.nats.chart | Expected one of `path`, `oci` or `repository`, found none.',
      'preview.yaml:15:36: services.nats.images.main.tagg | There is no setting `tagg`; did you mean `tag`? Known here: `repository`, `tag`, `fresh`, `fallback`.',
      'preview.yaml:16:11: services.nats.host | Expected a host suffix: lower-case letters, digits and hyphens, at most 40; `\'\'` for the bare host, found `"Nats"`.',
    ]);
  });

  it.each([
    ['{}', 'preview.yaml:1:1: services | Expected a map; it is missing. Add it.'],
    ['services: {}', 'preview.yaml:1:11: services | Expected at least one service, found a map.'],
    ['services: {ui: {}}', 'preview.yaml:1:16: services.ui.chart | Expected a map; it is missing. Add it.'],
    [
      'services: {Ui: {chart: {path: a}}}',
      'preview.yaml:1:12: services.Ui | Expected lower-case letters, digits and hyphens, at most 63, beginning and ending with a letter or digit, found the key `Ui`.',
    ],
    [
      'services: {ui: {chart: {path: a}}}\nlifetime: forever',
      'preview.yaml:2:11: lifetime | Expected a duration such as `30m`, `72h` or `14d`, or 0, found `"forever"`.',
    ],
    [
      'services: {ui: {chart: {path: a}}}\nsecrets: [{name: a}]',
      'preview.yaml:2:11: secrets[0] | Expected `generate` or `copy: true`, found neither.',
    ],
    [
      'services: {ui: {chart: {path: a}}}\nsecrets: [{name: a, copy: true, generate: {k: {}}}]',
      'preview.yaml:2:11: secrets[0] | Expected `generate` or `copy: true`, found both.',
    ],
    [
      'services: {ui: {chart: {path: a}}}\nsecrets: [{name: a, generate: {k: {bytes: 8}}}]',
      'preview.yaml:2:43: secrets[0].generate.k.bytes | Expected at least 16, found the number `8`.',
    ],
    [
      'services: {ui: {chart: {path: a}}}\nsecrets: [{name: a, generate: {k: {bytes: 4096}}}]',
      'preview.yaml:2:43: secrets[0].generate.k.bytes | Expected at most 1024, found the number `4096`.',
    ],
    [
      'services: {ui: {chart: {path: a}}}\nsecrets: [{name: a, generate: {}}]',
      'preview.yaml:2:31: secrets[0].generate | Expected at least one key, found a map.',
    ],
    [
      'services: {ui: {chart: {path: a}}}\nsecrets: [{name: a, copy: false}]',
      'preview.yaml:2:27: secrets[0].copy | Expected `true`, found the boolean `false`.',
    ],
    [
      'services: {ui: {chart: {path: a}}}\nsecrets: [{name: a, copy: true}, {name: a, copy: true}]',
      'preview.yaml:2:41: secrets[1].name | Two secrets have the name `a`. Give one another.',
    ],
    [
      'services: {ui: {chart: {path: a}}}\ndatabase: {}\nsecrets: [{name: database, copy: true}]',
      'preview.yaml:3:18: secrets[0].name | Two secrets have the name `database`, one is `database.secret`. Give one another.',
    ],
    [
      'services: {ui: {chart: {path: a}}}\nimages: {build: {workflow: ../x}}',
      'preview.yaml:2:28: images.build.workflow | Expected the file name of a workflow such as `build.yaml`, found `"../x"`.',
    ],
  ])('is refused as %s', (text, message) => {
    expect(faults(text)).toEqual([message]);
  });

  it.each([
    [
      'images: {"a b": {repository: x}}',
      'preview.yaml:4:14: services.ui.images["a b"] | Expected a key of letters, digits, `-` and `_`, found the key `a b`.',
    ],
    [
      'images: {main: {}}',
      'preview.yaml:4:20: services.ui.images.main.repository | Expected text; it is missing. Add it.',
    ],
    [
      'images: {main: {repository: a.b/c, fresh: always}}',
      'preview.yaml:4:47: services.ui.images.main.fresh | Expected `revision`, `reported`, `version`, `any`, found `"always"`.',
    ],
    [
      'images: {main: {repository: a.b/c, fresh: version}}',
      'preview.yaml:4:47: services.ui.images.main.fresh | `fresh: version` asks the version endpoint, and there is none. Set `version: {path: …, field: …}` of the service, or choose `revision`.',
    ],
    [
      'images: {main: {repository: a.b/c, tag: 1.10}}',
      'preview.yaml:4:45: services.ui.images.main.tag | Expected text, found the number `1.1`. Quote it: `"1.1"`.',
    ],
    ['needs: [ui]', 'preview.yaml:4:13: services.ui.needs[0] | `ui` needs itself. Remove it.'],
    ['needs: nats', 'preview.yaml:4:12: services.ui.needs | Expected a list, found `"nats"`.'],
    [
      'probe: {path: healthz}',
      'preview.yaml:4:19: services.ui.probe.path | Expected a path that begins with `/`, found `"healthz"`.',
    ],
    [
      'version: {path: /version}',
      'preview.yaml:4:14: services.ui.version.field | Expected text; it is missing. Add it.',
    ],
    [
      'host: -ws',
      'preview.yaml:4:11: services.ui.host | Expected a host suffix: lower-case letters, digits and hyphens, at most 40; `\'\'` for the bare host, found `"-ws"`.',
    ],
    [
      'host: a.b',
      'preview.yaml:4:11: services.ui.host | Expected a host suffix: lower-case letters, digits and hyphens, at most 40; `\'\'` for the bare host, found `"a.b"`.',
    ],
    [
      'timeout: 0',
      'preview.yaml:4:14: services.ui.timeout | Expected a duration longer than 0, found the number `0`.',
    ],
    ['values: [1]', 'preview.yaml:4:13: services.ui.values | Expected a map, found a list.'],
  ])('refuses a service with %s', (text, message) => {
    expect(service(text)).toEqual([message]);
  });

  it.each([
    ['{path: a, version: 1.2.3}', '`name` and `version` do not go with `path`: remove them.'],
    [
      '{path: a, oci: b.c/d, version: x}',
      'Expected one of `path`, `oci` or `repository`, found `path` and `oci`.',
    ],
    ['{oci: b.c/d}', 'Expected `version` with `oci`.'],
    ['{oci: b.c/d, version: "1", name: d}', '`name` does not go with `oci`: its last part is the name.'],
    ['{repository: https://a.b, name: c}', 'Expected `name` and `version` with `repository`.'],
    ['{repository: https://a.b, version: "1"}', 'Expected `name` and `version` with `repository`.'],
    [
      '{oci: "oci://b.c/d:1.2", version: x}',
      'Expected an address such as `oci://ghcr.io/owner/charts/name`, without a tag, found `"oci://b.c/d:1.2"`.',
    ],
    [
      '{path: /etc}',
      'Expected a path inside the repository such as `helm/ui`, without `..`, found `"/etc"`.',
    ],
    [
      '{repository: "file:///etc", name: a, version: b}',
      'Expected a URL that begins with `https://` or `http://`, found `"file:///etc"`.',
    ],
  ])('refuses the chart %s', (chart, message) => {
    expect(faults(`services: {ui: {chart: ${chart}}}`).map((line) => line.split(' | ')[1])).toEqual([
      message,
    ]);
  });

  it('refuses services that need each other in a circle, and names the circle', () => {
    const text =
      'services:\n  a: {chart: {path: x}}\n  b: {chart: {path: x}, needs: [a, c]}\n  c: {chart: {path: x}, needs: [d]}\n  d: {chart: {path: x}, needs: [b]}\n';
    expect(faults(text)).toEqual([
      'preview.yaml:3:32: services.b.needs | These services need each other in a circle: b → c → d → b. None could start; remove one of the needs.',
    ]);
  });

  it('takes services that share a need', () => {
    const text =
      'services:\n  a: {chart: {path: x}}\n  b: {chart: {path: x}, needs: [a]}\n  c: {chart: {path: x}, needs: [a, b]}\n';
    expect(faults(text)).toEqual([]);
  });

  it('refuses two services at one host', () => {
    const text = "services:\n  a: {chart: {path: x}, host: ''}\n  b: {chart: {path: x}, host: ''}\n";
    expect(faults(text)).toEqual([
      "preview.yaml:3:31: services.b.host | `b` and `a` have the same host suffix `''`. Give one another.",
    ]);
  });
});

describe('a template in the preview config', () => {
  const known =
    'database: {}\nservices:\n  api: {chart: {path: x}, host: api, images: {main: {repository: r.io/x}}}\n  ui:\n    chart: {path: x}\n    host: ""\n    images: {main: {repository: r.io/x}, side-car: {repository: r.io/y}}\n    values:\n      a: ';
  const value = (template: string) => faults(`${known}${JSON.stringify(template)}\n`);

  it.each([
    '{{ pr.number }}',
    '{{ pr.author }}',
    '{{ pr.branch }}',
    '{{ pr.draft }}',
    '{{ commit }}',
    '{{ repository.owner }}',
    '{{ repository.name }}',
    '{{ namespace }}',
    '{{ domain }}',
    '{{ hosts.ui }}',
    '{{ hosts.api }}',
    "{{ hosts['ui'] }}",
    '{{ urls.api }}',
    '{{ place }}',
    '{{ ingress.annotations }}',
    '{{ images.main.repository }}',
    '{{ images.main.tag }}',
    '{{ images.main.digest }}',
    '{{ images.main.pinnedTag }}',
    '{{ images.side-car.reference }}',
    '{{ database.name }}',
    '{{ database.role }}',
    '{{ database.host }}',
    '{{ database.secret.name }}',
    '{{ database.secret.key }}',
    '{% for url in urls %}{{ url[1] }} {% endfor %}',
    '{% assign x = pr.number | plus: 1 %}{{ x }}',
    '{% if pr.draft %}a{% else %}b{% endif %}',
    '{{ urls[pr.branch] }}',
    '{% raw %}{{ .Release.Name }}{% endraw %}',
    '{{ ingress.annotations["a.b/c"] }}',
  ])('may be %s', (template) => {
    expect(value(template)).toEqual([]);
  });

  it.each([
    [
      '{{ pr.title }}',
      'There is no template variable `pr.title`. Known: `pr.number`, `pr.author`, `pr.branch`, `pr.draft`.',
    ],
    [
      '{{ number }}',
      'There is no template variable `number`. Known: `pr`, `commit`, `repository`, `namespace`, `domain`, `hosts`, `urls`, `images`, `database`, `place`, `ingress`.',
    ],
    [
      '{{ commit.short }}',
      'There is no template variable `commit.short`. Known: `pr`, `commit`, `repository`, `namespace`, `domain`, `hosts`, `urls`, `images`, `database`, `place`, `ingress`.',
    ],
    [
      '{{ images.mian.tag }}',
      'There is no template variable `images.mian.tag`; did you mean `images.main.tag`? Known: `images.main.repository`, `images.side-car.repository`, `images.main.tag`, `images.side-car.tag`, `images.main.digest`, `images.side-car.digest`, `images.main.pinnedTag`, `images.side-car.pinnedTag`, `images.main.reference`, `images.side-car.reference`.',
    ],
    [
      '{{ database.password }}',
      'There is no template variable `database.password`. Known: `database.name`, `database.role`, `database.host`, `database.secret.name`, `database.secret.key`. Does `preview.yaml` have `database`?',
    ],
    [
      '{% if false %}{{ nothing }}{% endif %}',
      'There is no template variable `nothing`. Known: `pr`, `commit`, `repository`, `namespace`, `domain`, `hosts`, `urls`, `images`, `database`, `place`, `ingress`.',
    ],
    [
      '{{ .Release.Name }}',
      "There is no template variable `Release.Name`. Known: `pr`, `commit`, `repository`, `namespace`, `domain`, `hosts`, `urls`, `images`, `database`, `place`, `ingress`. For a template of the chart's own, write `{% raw %}…{% endraw %}` around it.",
    ],
    ['{{ pr.number', 'The template cannot be read: output "{{ pr.number" not closed.'],
    ['{% if pr.draft %}', 'The template cannot be read: tag {% if pr.draft %} not closed.'],
    [
      '{{ constructor }}',
      'There is no template variable `constructor`. Known: `pr`, `commit`, `repository`, `namespace`, `domain`, `hosts`, `urls`, `images`, `database`, `place`, `ingress`.',
    ],
  ])('may not be %s', (template, message) => {
    expect(value(template)).toEqual([`preview.yaml:9:10: services.ui.values.a | ${message}`]);
  });

  it.each(['include', 'render', 'layout', 'liquid', 'increment', 'cycle', 'tablerow'])(
    'has no tag %s',
    (tag) => {
      expect(value(`{% ${tag} "x" %}`)[0]).toMatch(
        new RegExp(`There is no tag \`${tag}\`\\. Known: assign, break, `),
      );
    },
  );

  it.each(['date', 'sample', 'where_exp', 'strip_html', 'raw', 'nonsense'])(
    'has no filter %s, which could change from run to run or hide something',
    (filter) => {
      expect(value(`{{ pr.author | ${filter} }}`)[0]).toMatch(
        new RegExp(`There is no filter \`${filter}\`\\. Known: abs, append, `),
      );
    },
  );

  it('knows no images outside of values', () => {
    expect(service('release: "{{ images.main.tag }}"')[0]).toMatch(
      /^preview\.yaml:4:14: services\.ui\.release \| There is no template variable `images\.main\.tag`\./,
    );
    expect(
      service('images: {main: {repository: "r.io/{{ pr.x }}", tag: "{{ y }}", fallback: "{{ z }}"}}'),
    ).toHaveLength(3);
  });

  it('knows a database only where there is one', () => {
    expect(service('values: {a: "{{ database.name }}"}')[0]).toContain(
      'There is no template variable `database.name`. Known: `pr`, ',
    );
    expect(service('values: {a: "{{ database.name }}"}')[0]).toContain(
      'Does `preview.yaml` have `database`?',
    );
  });

  it('may be a key, and its fault lies at the key', () => {
    expect(service('values: {"x-{{ nope }}": 1}')[0]).toMatch(
      /^preview\.yaml:4:14: services\.ui\.values\["x-\{\{ nope \}\}"\] \| There is no template variable `nope`/,
    );
  });
});
