import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parsePlatformConfig } from '../../config/platform.ts';
import { previewNames } from '../../domain/names.ts';
import { platform, platformText, told } from './samples.ts';

const faults = (text: string) => told(parsePlatformConfig(text, 'platform.yaml'));
/** Faults of the smallest config with this added. */
const more = (text: string) => faults(platformText + text);

describe('the platform config', () => {
  it('needs a domain and repositories; everything else has a default', () => {
    const { network: _, ...rest } = platform();
    expect(rest).toEqual({
      name: 'pr-preview',
      domain: 'sandbox.example.com',
      publicPort: 443,
      hosts: { pattern: 'pr-{number}{-suffix}.{domain}' },
      namespace: { pattern: 'preview-{number}' },
      database: null,
      ingress: { className: null, annotations: {} },
      tls: { mode: 'controller' },
      capacity: { places: 3 },
      lifetime: {
        default: 259_200_000,
        maximum: 1_209_600_000,
        warnings: [86_400_000, 7_200_000, 1_800_000],
      },
      quota: {
        requestsCpu: '500m',
        requestsMemory: '1Gi',
        limitsCpu: '1000m',
        limitsMemory: '2Gi',
        pods: 10,
      },
      limitRange: { requestCpu: '20m', requestMemory: '32Mi', limitCpu: '100m', limitMemory: '128Mi' },
      sourceSecrets: [],
      registries: [],
      images: { wait: 1_800_000, keep: 86_400_000 },
      repositories: ['example/videocall'],
      access: {
        trigger: 'auto',
        label: 'preview',
        drafts: 'command',
        outsiders: 'approve',
        bases: [],
        configFrom: 'base',
      },
      forbiddenStrings: [],
      allowedStrings: [],
      probe: { connect: null, ca: null, timeout: 60_000 },
    });
  });

  it('is taken with every field set', () => {
    const text = `
name: previews
domain: sandbox.example.com
publicPort: 8443
hosts: {pattern: "{place}-{repository}{-suffix}.{domain}"}
namespace: {pattern: "{repository}-{number}"}
database: {pattern: "p_{repository}_{number}", host: 10.0.0.1, port: 5433, parameters: {sslmode: disable}, connectionLimit: 5, template: seed}
ingress: {className: nginx, annotations: {nginx.ingress.kubernetes.io/whitelist-source-range: 10.0.0.0/8}}
tls: {mode: secret, namespace: infra, name: wildcard}
capacity: {stems: [pr1, pr2]}
lifetime: {default: 1h, maximum: 2d, warnings: [5m, 30m, 5m]}
quota: {requestsCpu: 1, requestsMemory: 512Mi, limitsCpu: 1.5, limitsMemory: 1Gi, pods: 4}
limitRange: {requestCpu: 10m, requestMemory: 8Mi, limitCpu: 50m, limitMemory: 64Mi}
network:
  ingress: [{ipBlock: {cidr: 10.0.0.0/8, except: [10.1.0.0/16]}}]
  dns: [{namespaceSelector: {}}]
  dnsPort: 5353
  internal: [203.0.113.0/24, "2001:db8::/32"]
  database: [{podSelector: {matchLabels: {app: postgres}}, namespaceSelector: {}}]
sourceSecrets: [{namespace: infra, name: oauth, repositories: [Example/Videocall]}]
registries: [{host: "localhost:5000", url: "http://localhost:5000", pullSecret: {namespace: infra, name: pull}, deleteImages: true}]
images: {wait: 0}
repositories: [example/videocall, example/other]
access: {trigger: label, drafts: never, outsiders: members, configFrom: head}
forbiddenStrings: [example.org]
allowedStrings: [docs.example.org]
probe: {connect: "127.0.0.1:8443", ca: /etc/ca.pem, timeout: 5s}
`;
    expect(faults(text)).toEqual([]);
    const parsed = parsePlatformConfig(text, 'platform.yaml');
    expect(parsed).toMatchObject({
      ok: true,
      warnings: [],
      value: {
        quota: { requestsCpu: '1', limitsCpu: '1.5' },
        lifetime: { warnings: [1_800_000, 300_000] },
        images: { wait: 0 },
        tls: { mode: 'secret', namespace: 'infra', name: 'wildcard' },
        network: { database: [{ podSelector: { matchLabels: { app: 'postgres' } }, namespaceSelector: {} }] },
      },
    });
  });

  it('tells every problem of the file at once, in its order, with line and column', () => {
    const text = `nmae: x
domain: Sandbox.example.com
hosts: {pattern: "pr.{domain}", patern: 1}
lifetime: {default: 20d}
images: {wait: 5}
quota: {pods: "10", limitsCpu: lots}
access: {trigger: sometimes}
repositories: [videocall]
tls: {mode: secret}
`;
    expect(faults(text)).toEqual([
      expect.stringMatching(
        /^platform\.yaml:1:1: nmae \| There is no setting `nmae`; did you mean `name`\? Known here: `name`, `domain`, /,
      ),
      'platform.yaml:2:9: domain | Expected a lower-case DNS name such as `sandbox.example.com`, found `"Sandbox.example.com"`.',
      'platform.yaml:3:18: hosts.pattern | `pr.{domain}` names every pull request alike. Put `{number}` into it.',
      'platform.yaml:3:18: hosts.pattern | `pr.{domain}` gives all services of a preview one host. Put `{-suffix}` into it.',
      'platform.yaml:3:33: hosts.patern | There is no setting `patern`; did you mean `pattern`? Known here: `pattern`.',
      'platform.yaml:4:21: lifetime.default | The default lifetime (20d) is longer than the maximum (14d). Shorten it, or raise `lifetime.maximum`.',
      'platform.yaml:5:16: images.wait | Expected a duration such as `30m`, `72h` or `14d`, or 0, found the number `5`.',
      'platform.yaml:6:15: quota.pods | Expected a number, found `"10"`.',
      'platform.yaml:6:32: quota.limitsCpu | Expected an amount of CPU such as `500m` or `1`, found `"lots"`.',
      'platform.yaml:7:19: access.trigger | Expected `auto`, `command`, `label`, found `"sometimes"`.',
      'platform.yaml:8:16: repositories[0] | Expected a repository as `owner/name`, found `"videocall"`.',
      'platform.yaml:9:6: tls | Expected `namespace` and `name` of the certificate Secret with `mode: secret`.',
    ]);
  });

  it.each([
    ['', 'platform.yaml | Expected a map, found nothing (null).'],
    ['[]', 'platform.yaml:1:1 | Expected a map, found a list.'],
    ['text', 'platform.yaml:1:1 | Expected a map, found `"text"`.'],
    ['domain: a.b', 'platform.yaml:1:1: repositories | Expected a list; it is missing. Add it.'],
    [
      'domain: a.b\nrepositories: []',
      'platform.yaml:2:15: repositories | Expected at least 1 entry, found a list.',
    ],
    [
      'domain: 7\nrepositories: [a/b]',
      'platform.yaml:1:9: domain | Expected a lower-case DNS name such as `sandbox.example.com`, found the number `7`. Quote it: `"7"`.',
    ],
    [
      'domain: on\nrepositories: [a/b]',
      'platform.yaml:1:9: domain | Helm\'s YAML reads `on` as a boolean, others as text: quote it (`"on"`) if text is meant, or write `true`.',
    ],
  ])('is refused as %j', (text, message) => {
    expect(faults(text)).toEqual([message]);
  });

  it.each([
    [
      'publicPort: 0',
      'platform.yaml:3:13: publicPort | Expected a port, an integer from 1 to 65535, found the number `0`.',
    ],
    [
      'publicPort: 70000',
      'platform.yaml:3:13: publicPort | Expected a port, an integer from 1 to 65535, found the number `70000`.',
    ],
    [
      'lifetime: {maximum: 0}',
      'platform.yaml:3:21: lifetime.maximum | Expected a duration longer than 0, found the number `0`.',
    ],
    [
      'lifetime: {maximum: 9999d}',
      'platform.yaml:3:21: lifetime.maximum | Expected a duration such as `30m`, `72h` or `14d`, or 0, at most ten years, found `"9999d"`.',
    ],
    [
      'tls: {namespace: a, name: b}',
      'platform.yaml:3:6: tls | `namespace` and `name` belong to `mode: secret`: add it, or remove them.',
    ],
    [
      'capacity: {places: 3, stems: [a]}',
      'platform.yaml:3:11: capacity | Expected `places` or `stems`, found both: remove one.',
    ],
    [
      'capacity: {stems: [a, a]}',
      'platform.yaml:3:23: capacity.stems[1] | `a` stands here twice. Remove one.',
    ],
    [
      'capacity: {stems: [pr-1, pr]}',
      'platform.yaml:3:20: capacity.stems[0] | `pr-1` is `pr` and a suffix: a host of one place could be a host of the other. Choose another stem.',
    ],
    [
      'network: {dns: [{}]}',
      'platform.yaml:3:17: network.dns[0] | Expected `podSelector`, `namespaceSelector` or `ipBlock`, found a map.',
    ],
    [
      'network: {dns: [{ipBlock: {cidr: 10.0.0.0}}]}',
      'platform.yaml:3:34: network.dns[0].ipBlock.cidr | Expected an address range such as `10.0.0.0/8`, found `"10.0.0.0"`.',
    ],
    [
      'network: {dns: [{ipBlock: {cidr: 10.0.0.0/8}, podSelector: {}}]}',
      'platform.yaml:3:17: network.dns[0] | `ipBlock` stands alone: remove the selectors, or make two peers.',
    ],
    [
      'network: {internal: [0.0.0.0/0]}',
      'platform.yaml:3:22: network.internal[0] | Expected a range that is not all addresses, found `"0.0.0.0/0"`.',
    ],
    [
      'registries: [{host: ghcr.io}, {host: ghcr.io}]',
      'platform.yaml:3:31: registries[1] | `ghcr.io` stands here twice. Remove one.',
    ],
    [
      'registries: [{host: "https://ghcr.io"}]',
      'platform.yaml:3:21: registries[0].host | Expected a host name such as `ghcr.io`, with or without a port, found `"https://ghcr.io"`.',
    ],
    [
      'registries: [{host: ghcr.io, url: "https://user:secret@ghcr.io"}]',
      'platform.yaml:3:35: registries[0].url | Found a URL with a user or password: remove them, secrets never stand in a config.',
    ],
    [
      'sourceSecrets: [{namespace: a, name: b, repositories: [other/repo]}]',
      'platform.yaml:3:56: sourceSecrets[0].repositories[0] | `other/repo` is not among `repositories`. Add it there, or remove it here.',
    ],
    [
      'forbiddenStrings: [example.com]',
      'platform.yaml:3:20: forbiddenStrings[0] | Every host of a preview ends in `sandbox.example.com` and so contains `example.com`. Add `sandbox.example.com` to `allowedStrings`.',
    ],
    [
      'database: {host: db.example.com}',
      'platform.yaml:3:18: database.host | `db.example.com` lies outside the cluster, so nothing tells which address pods may reach. Set `network.database`, for example `[{ipBlock: {cidr: 203.0.113.7/32}}]`.',
    ],
    [
      'database: {host: db.infra.svc, parameters: {a: 1}}',
      'platform.yaml:3:48: database.parameters.a | Expected text, found the number `1`. Quote it: `"1"`.',
    ],
    [
      'ingress: {annotations: {a: true}}',
      'platform.yaml:3:28: ingress.annotations.a | Expected text, found the boolean `true`. Quote it: `"true"`.',
    ],
    [
      'probe: {connect: "localhost:99999"}',
      'platform.yaml:3:18: probe.connect | Expected a host name such as `ghcr.io`, with or without a port, found `"localhost:99999"`.',
    ],
  ])('refuses %s', (text, message) => {
    expect(more(text)).toEqual([message]);
  });

  it('takes a forbidden string that is part of the domain when the domain is allowed', () => {
    expect(more('forbiddenStrings: [example.com]\nallowedStrings: [Sandbox.example.com]')).toEqual([]);
  });

  it('does not repeat the value of an address with a password', () => {
    expect(JSON.stringify(more('registries: [{host: a.b, url: "https://u:hunter2@a.b"}]'))).not.toContain(
      'hunter2',
    );
  });

  it('warns of a warning that never comes', () => {
    const parsed = parsePlatformConfig(
      `${platformText}lifetime: {default: 1h, maximum: 2h}`,
      'platform.yaml',
    );
    expect(parsed).toMatchObject({
      ok: true,
      warnings: [
        'lifetime.warnings: 1d never comes: no preview lives longer than 2h.',
        'lifetime.warnings: 2h never comes: no preview lives longer than 2h.',
      ],
    });
  });
});

describe('who pods may reach as their database', () => {
  const peers = (host: string) => platform(`database: {host: ${host}}`).network.database;

  it('follows from a name inside the cluster, or from an address', () => {
    const infra = [{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'infra' } } }];
    expect(peers('postgres.infra.svc')).toEqual(infra);
    expect(peers('postgres.infra.svc.cluster.local')).toEqual(infra);
    expect(peers('10.1.2.3')).toEqual([{ ipBlock: { cidr: '10.1.2.3/32' } }]);
    expect(platform().network.database).toEqual([]);
  });
});

describe('a pattern', () => {
  const hosts = (pattern: string, rest = '') =>
    more(`hosts: {pattern: "${pattern}"}\n${rest}`).map((line) => line.split(' | ')[1]);
  const namespaces = (pattern: string, rest = '') =>
    more(`namespace: {pattern: "${pattern}"}\n${rest}`).map((line) => line.split(' | ')[1]);
  const databases = (pattern: string) =>
    more(`database: {host: db.infra.svc, pattern: "${pattern}"}`).map((line) => line.split(' | ')[1]);

  it('must contain {repository} where there are several, each of them', () => {
    const text = 'domain: a.b\nrepositories: [a/b, c/d]\ndatabase: {host: db.infra.svc}\n';
    expect(faults(text)).toEqual([
      'platform.yaml:1:1: hosts.pattern | `pr-{number}{-suffix}.{domain}` names the pull requests of 2 repositories alike. Put `{repository}` into it.',
      'platform.yaml:1:1: namespace.pattern | `preview-{number}` names the pull requests of 2 repositories alike. Put `{repository}` into it.',
      'platform.yaml:3:11: database.pattern | `preview_{number}` names the pull requests of 2 repositories alike. Put `{repository}` into it.',
    ]);
    const patterns =
      'hosts: {pattern: "{repository}-{number}{-suffix}.{domain}"}\nnamespace: {pattern: "p-{repository}-{number}"}\n';
    expect(
      faults(
        `${text.replace('db.infra.svc', 'db.infra.svc, pattern: "p_{repository}_{number}"')}${patterns}`,
      ),
    ).toEqual([]);
  });

  it.each([
    [
      'pr{-suffix}.{domain}',
      ['`pr{-suffix}.{domain}` names every pull request alike. Put `{number}` into it.'],
    ],
    [
      'pr-{number}.{domain}',
      ['`pr-{number}.{domain}` gives all services of a preview one host. Put `{-suffix}` into it.'],
    ],
    [
      '{suffix}.pr-{number}.{domain}',
      [
        'There is no token `{suffix}` here. Known: `{number}`, `{-suffix}`, `{domain}`, `{repository}`, `{place}`.',
        'Expected one label in front of the domain, such as `pr-{number}{-suffix}.{domain}`, found `{suffix}.pr-{number}.{domain}`: a wildcard certificate covers no more.',
      ],
    ],
    [
      'pr-{number}{-suffix}.other.com',
      [
        'Expected one label in front of the domain, such as `pr-{number}{-suffix}.{domain}`, found `pr-{number}{-suffix}.other.com`: a wildcard certificate covers no more.',
      ],
    ],
    [
      'PR-{number}{-suffix}.{domain}',
      [
        'Expected lower-case letters, digits and `-`, beginning and ending with a letter or digit, found `PR-{number}{-suffix}`.',
      ],
    ],
    [
      '-{number}{-suffix}.{domain}',
      [
        'Expected lower-case letters, digits and `-`, beginning and ending with a letter or digit, found `-{number}{-suffix}`.',
      ],
    ],
    [
      '{place}{-suffix}.{domain}',
      [
        '`{place}{-suffix}.{domain}` names every pull request alike. Put `{number}` into it.',
        '`{place}` needs a pool of fixed stems. Set `capacity.stems`, or use `{number}`.',
      ],
    ],
    [
      '{repository}{number}{-suffix}.{domain}',
      [
        '`{repository}` and `{number}` need a `-` between them: without it two pull requests could get one name.',
      ],
    ],
    [
      'pr{-suffix}{number}.{domain}',
      [
        '`{-suffix}` and `{number}` need a `-` between them: without it two pull requests could get one name.',
      ],
    ],
    [
      'pr-{number{-suffix}.{domain}',
      [
        '`pr-{number{-suffix}.{domain}` names every pull request alike. Put `{number}` into it.',
        '`pr-{number{-suffix}.{domain}` has a brace without its partner. Write tokens as `{number}`.',
        'Expected lower-case letters, digits and `-`, beginning and ending with a letter or digit, found `pr-{number{-suffix}`.',
      ],
    ],
    [
      `${'a'.repeat(50)}-{number}{-suffix}.{domain}`,
      [
        `The text of \`${'a'.repeat(50)}-{number}{-suffix}\` has 51 characters; at most 40 leave room for number and repository. Shorten it.`,
      ],
    ],
  ])('of hosts is refused as %s', (pattern, messages) => {
    expect(hosts(pattern)).toEqual(messages);
  });

  it('of hosts may be of fixed stems', () => {
    expect(hosts('{place}{-suffix}.{domain}', 'capacity: {stems: [pr1, pr2]}')).toEqual([]);
  });

  it.each([
    ['preview', ['`preview` names every pull request alike. Put `{number}` into it.']],
    ['kube-{number}', ["Namespaces that begin with `kube-` are the system's. Choose another name."]],
    [
      'openshift-{number}',
      ["Namespaces that begin with `openshift-` are the system's. Choose another name."],
    ],
    [
      'preview_{number}',
      [
        'Expected lower-case letters, digits and `-`, beginning and ending with a letter or digit, found `preview_{number}`.',
      ],
    ],
    ['preview-{number}-{place}', ['There is no token `{place}` here. Known: `{number}`, `{repository}`.']],
  ])('of namespaces is refused as %s', (pattern, messages) => {
    expect(namespaces(pattern)).toEqual(messages);
  });

  it('of namespaces may match none that secrets come from', () => {
    expect(namespaces('infra-{number}', 'tls: {mode: secret, namespace: infra-1, name: x}')).toEqual([
      "A preview's namespace could be `infra-1`, which secrets are copied from. Choose another pattern.",
    ]);
  });

  it.each([
    ['preview_{number}', []],
    [
      '{number}',
      ['Expected lower-case letters, digits, `_` and `-`, beginning with a letter, found `{number}`.'],
    ],
    ['pg_{number}', ["Names that begin with `pg_` are the system's. Choose another name."]],
    [
      'a;drop-{number}',
      ['Expected lower-case letters, digits, `_` and `-`, beginning with a letter, found `a;drop-{number}`.'],
    ],
    ['prod', ['`prod` names every pull request alike. Put `{number}` into it.']],
  ])('of databases %s', (pattern, messages) => {
    expect(databases(pattern)).toEqual(messages);
  });

  it('that is taken never gives two pull requests one name', () => {
    const piece = fc.constantFrom('pr', 'x1', '-', '2-', '{number}', '{repository}', '{-suffix}');
    const pattern = fc.array(piece, { minLength: 2, maxLength: 6 }).map((pieces) => pieces.join(''));
    const taken = pattern.filter((text) => hosts(`${text}.{domain}`).length === 0);
    const numbers = [1, 2, 11, 12, 21, 112, 121];
    const suffixes = ['', '1', '2', '11', '12', 'a', '1-2', '1-1', 'x1', 'a-2'];
    fc.assert(
      fc.property(taken, (text) => {
        const naming = { ...platform(), hosts: { pattern: `${text}.{domain}` } };
        const repositories = text.includes('{repository}') ? ['a', 'a-1', '1', 'a.1'] : ['a'];
        const owners = new Map<string, string>();
        for (const repository of repositories) {
          for (const number of numbers) {
            const pullRequest = { owner: 'o', repository, number };
            const preview = {
              suffixes: Object.fromEntries(suffixes.map((one) => [`s${one}`, one])),
              database: false,
            };
            for (const host of Object.values(
              previewNames(naming, { pullRequest, place: null }, preview).hosts,
            )) {
              const whose = `${repository}#${number}`;
              expect(owners.get(host) ?? whose).toBe(whose);
              owners.set(host, whose);
            }
          }
        }
      }),
      { numRuns: 60 },
    );
  });
});
