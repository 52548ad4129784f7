import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isDnsLabel, isDnsName } from '../../domain/dns.ts';
import type { NamingPlatform } from '../../domain/names.ts';
import { cleanupTarget, namespaceExpression, ownerMark, previewNames } from '../../domain/names.ts';
import type { PullRequestRef } from '../../domain/pull-request.ts';

const database = {
  pattern: 'preview_{number}',
  host: 'db',
  port: 5432,
  parameters: {},
  connectionLimit: 10,
  template: null,
};

const one: NamingPlatform = {
  name: 'pr-preview',
  domain: 'sandbox.example.com',
  publicPort: 443,
  hosts: { pattern: 'pr-{number}{-suffix}.{domain}' },
  namespace: { pattern: 'preview-{number}' },
  database,
};

const many: NamingPlatform = {
  ...one,
  hosts: { pattern: 'pr-{repository}-{number}{-suffix}.{domain}' },
  namespace: { pattern: 'preview-{repository}-{number}' },
  database: { ...database, pattern: 'preview_{repository}_{number}' },
};

const ref: PullRequestRef = { owner: 'Security-Union', repository: 'videocall.rs', number: 12 };
const services = { suffixes: { ui: '', api: 'api', nats: null }, database: true };

const name = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/);
const owner = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9-]{0,38}$/);
const number = fc.integer({ min: 1, max: 2_147_483_647 });
const suffix = fc.stringMatching(/^([a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?)?$/);
const refs = fc.record({ owner, repository: name, number });

describe('the names of a preview', () => {
  it('are the number alone where there is one repository', () => {
    expect(previewNames(one, { pullRequest: ref, place: null }, services)).toEqual({
      namespace: 'preview-12',
      database: 'preview_12',
      hosts: { ui: 'pr-12.sandbox.example.com', api: 'pr-12-api.sandbox.example.com' },
      urls: { ui: 'https://pr-12.sandbox.example.com', api: 'https://pr-12-api.sandbox.example.com' },
    });
  });

  it('tell repositories apart by their name and a hash of owner and name', () => {
    const names = previewNames(many, { pullRequest: ref, place: null }, services);
    expect(names.namespace).toBe('preview-videocall-rs-3f3b76-12');
    expect(names.database).toBe('preview_videocall-rs-3f3b76_12');
    expect(names.hosts['api']).toBe('pr-videocall-rs-3f3b76-12-api.sandbox.example.com');
  });

  it('do not depend on how the repository is spelled', () => {
    const lower = { ...ref, owner: 'security-union', repository: 'VideoCall.rs' };
    expect(previewNames(many, { pullRequest: lower, place: null }, services)).toEqual(
      previewNames(many, { pullRequest: ref, place: null }, services),
    );
  });

  it('have the port in URLs only where it is not that of HTTPS', () => {
    const names = previewNames({ ...one, publicPort: 8443 }, { pullRequest: ref, place: null }, services);
    expect(names.urls['ui']).toBe('https://pr-12.sandbox.example.com:8443');
    expect(names.hosts['ui']).toBe('pr-12.sandbox.example.com');
  });

  it('have no database where the application or the platform has none', () => {
    const without = { ...services, database: false };
    expect(previewNames(one, { pullRequest: ref, place: null }, without).database).toBeNull();
    expect(
      previewNames({ ...one, database: null }, { pullRequest: ref, place: null }, services).database,
    ).toBeNull();
  });

  it('take the granted stem, or a stand-in for it', () => {
    const stems = { ...one, hosts: { pattern: '{place}{-suffix}.{domain}' } };
    const hosts = (place: string | null) => previewNames(stems, { pullRequest: ref, place }, services).hosts;
    expect(hosts('pr2')).toEqual({ ui: 'pr2.sandbox.example.com', api: 'pr2-api.sandbox.example.com' });
    expect(hosts(null)).toEqual({ ui: 'place.sandbox.example.com', api: 'place-api.sandbox.example.com' });
  });

  it.each([0, -1, 1.5, Number.NaN, 2 ** 53, '12' as unknown as number])(
    'are refused for the number %s',
    (wrong) => {
      const pullRequest = { ...ref, number: wrong };
      expect(() => previewNames(one, { pullRequest, place: null }, services)).toThrow(RangeError);
      expect(() => cleanupTarget(one, pullRequest, null)).toThrow(RangeError);
    },
  );

  it('fit Kubernetes, DNS and Postgres, whatever the repository, number and suffix', () => {
    fc.assert(
      fc.property(refs, suffix, (pullRequest, text) => {
        const names = previewNames(
          many,
          { pullRequest, place: null },
          { suffixes: { a: text }, database: true },
        );
        expect(isDnsLabel(names.namespace)).toBe(true);
        expect(names.database).toMatch(/^[a-z_][a-z0-9_-]{0,62}$/);
        const host = names.hosts['a'] ?? '';
        expect(isDnsName(host)).toBe(true);
        expect(host.split('.').slice(1).join('.')).toBe(many.domain);
      }),
    );
  });

  it('keep the whole number in namespace and database, however long the repository', () => {
    fc.assert(
      fc.property(refs, (pullRequest) => {
        const names = previewNames(many, { pullRequest, place: null }, { suffixes: {}, database: true });
        expect(names.namespace.endsWith(`-${pullRequest.number}`)).toBe(true);
        expect(names.database?.endsWith(`_${pullRequest.number}`)).toBe(true);
        expect(new RegExp(namespaceExpression(many)).test(names.namespace)).toBe(true);
      }),
    );
  });

  it('are never shared by two pull requests', () => {
    const key = ({ owner, repository, number }: PullRequestRef) =>
      `${owner}/${repository}#${number}`.toLowerCase();
    const pair = fc.tuple(refs, refs).filter(([left, right]) => key(left) !== key(right));
    fc.assert(
      fc.property(pair, fc.uniqueArray(suffix, { maxLength: 4 }), ([left, right], suffixes) => {
        const of = (pullRequest: PullRequestRef) =>
          previewNames(
            many,
            { pullRequest, place: null },
            {
              suffixes: Object.fromEntries(suffixes.map((text, index) => [`s${index}`, text])),
              database: true,
            },
          );
        const [first, second] = [of(left), of(right)];
        expect(first.namespace).not.toBe(second.namespace);
        expect(first.database).not.toBe(second.database);
        expect(
          Object.values(first.hosts).filter((host) => Object.values(second.hosts).includes(host)),
        ).toEqual([]);
      }),
      { numRuns: 500 },
    );
  });

  it('are never shared by repositories that differ in what names cannot say', () => {
    const alike = ['o/a.b', 'o/a-b', 'o/a_b', 'o/a--b', 'p/a-b', 'o-a/b', 'o/.a-b', 'o/A-B-'];
    const namespaces = alike.map((text) => {
      const [owner = '', repository = ''] = text.split('/');
      return previewNames(many, { pullRequest: { owner, repository, number: 1 }, place: null }, services)
        .namespace;
    });
    expect(new Set(namespaces).size).toBe(alike.length);
  });

  it('are cut with a hash where a label would be too long', () => {
    const long = 's'.repeat(40);
    const stems = { ...one, hosts: { pattern: '{place}-{number}{-suffix}.{domain}' } };
    const host = previewNames(
      stems,
      { pullRequest: ref, place: 'p'.repeat(60) },
      { suffixes: { a: long, b: `${long.slice(1)}t` }, database: false },
    ).hosts;
    expect(host['a']).toMatch(/^p{56}-[0-9a-f]{6}\.sandbox\.example\.com$/);
    expect(host['b']).not.toBe(host['a']);
  });
});

describe('what a cleanup takes away', () => {
  it('has the same names as the preview, and its database whether or not the application had one', () => {
    expect(cleanupTarget(one, ref, 4711)).toEqual({
      namespace: 'preview-12',
      database: 'preview_12',
      platform: 'pr-preview',
      repositoryId: 4711,
      owner: 'Security-Union',
      repository: 'videocall.rs',
      number: 12,
    });
    expect(cleanupTarget({ ...one, database: null }, ref, null).database).toBeNull();
  });

  it('is marked as the pull request’s', () => {
    expect(ownerMark(one, { pullRequest: ref, repositoryId: 4711 })).toEqual({
      platform: 'pr-preview',
      repositoryId: 4711,
      owner: 'Security-Union',
      repository: 'videocall.rs',
      number: 12,
    });
  });
});

describe('the expression for preview namespaces', () => {
  it.each([
    ['preview-{number}', '^preview-[1-9][0-9]*$'],
    ['{repository}-pr-{number}', '^[a-z0-9-]+-pr-[1-9][0-9]*$'],
  ])('of %s is %s', (pattern, expression) => {
    expect(namespaceExpression({ namespace: { pattern } })).toBe(expression);
  });

  it.each([
    'preview-',
    'preview-0',
    'preview-01',
    'preview-1a',
    'kube-system',
    'default',
    'xpreview-1',
    'preview-1\n',
  ])('does not match %j', (namespace) => {
    expect(new RegExp(namespaceExpression(one)).test(namespace)).toBe(false);
  });
});
