import { describe, expect, it } from 'vitest';
import { loadDescription } from './description.ts';
import type { Exchange } from './exchange.ts';
import { answerFaults, requestFaults } from './judge.ts';

const description = await loadDescription();

const deployments = '/repos/example/videocall/deployments';
const comments = '/repos/example/videocall/issues/7/comments';

function exchange(changes: Partial<Exchange>): Exchange {
  const headers = new Headers({ 'content-type': 'application/json; charset=utf-8' });
  return { method: 'GET', path: '/user', sent: undefined, status: 200, headers, answered: {}, ...changes };
}

describe('a request that GitHub does not describe is found out', () => {
  it.each<[string, Partial<Exchange>, string]>([
    ['no such endpoint', { path: '/repos/example/videocall/previews' }, 'GitHub describes no GET'],
    ['no such method', { method: 'PUT', path: comments }, 'GitHub describes no PUT'],
    [
      'a number that is none',
      { path: '/repos/example/videocall/pulls/seven' },
      '/pull_number must be integer',
    ],
    ['a query that is not known', { path: `${comments}?perpage=100` }, '{"unevaluatedProperty":"perpage"}'],
    [
      'a word that is not among those to choose',
      { path: `/repos/o/r/pulls?state=all-of-them` },
      'query: /state',
    ],
    [
      'a body without what is needed',
      { method: 'POST', path: comments, sent: {} },
      "required property 'body'",
    ],
    [
      'a body with a name that is not known',
      { method: 'POST', path: deployments, sent: { ref: 'main', autoMerge: false } },
      '{"unevaluatedProperty":"autoMerge"}',
    ],
    [
      'a body with a value of another type',
      { method: 'POST', path: deployments, sent: { ref: 'main', required_contexts: 'none' } },
      '/required_contexts must be array',
    ],
    ['no body where there must be one', { method: 'POST', path: comments }, 'body: none was sent'],
    ['a body where there is none', { path: comments, sent: {} }, 'body: none is described'],
  ])('%s', (_, changes, fault) => {
    expect(requestFaults(description, exchange(changes)).join('\n')).toContain(fault);
  });

  it.each<[string, Partial<Exchange>]>([
    ['a branch with slashes', { path: '/repos/example/videocall/branches/topic/one' }],
    ['a file in a folder', { path: '/repos/example/videocall/contents/helm/Chart.yaml?ref=main' }],
    ['the root folder', { path: '/repos/example/videocall/contents' }],
    ['a long list', { path: `${comments}?per_page=100&page=2` }],
  ])('but not %s', (_, changes) => {
    expect(requestFaults(description, exchange(changes))).toEqual([]);
  });
});

describe('an answer that GitHub does not describe is found out', () => {
  const comment = { method: 'DELETE', path: '/repos/example/videocall/issues/comments/1' };
  const permission = { path: '/repos/example/videocall/collaborators/mona/permission' };

  it.each<[string, Partial<Exchange>, string]>([
    ['no such status', { ...comment, status: 200 }, 'status: 200 is not described'],
    ['content where there is none', { ...comment, status: 204 }, 'nothing is described'],
    [
      'another kind of content',
      { ...permission, headers: new Headers({ 'content-type': 'text/html' }) },
      'text/html came',
    ],
    ['nothing of what is needed', permission, "must have required property 'role_name'"],
    [
      'what is null and must not be',
      { ...permission, answered: { permission: null, role_name: 'write', user: null } },
      '/permission must be string',
    ],
    [
      'a name that GitHub does not know',
      { ...permission, answered: { permission: 'admin', role_name: 'admin', user: null, may_deploy: true } },
      '{"unevaluatedProperty":"may_deploy"}',
    ],
    [
      'a time that is none',
      { path: '/app/hook/deliveries', answered: [{ delivered_at: 'yesterday' }] },
      '/0/delivered_at must match format "date-time"',
    ],
    [
      'a missing header',
      { path: '/repos/example/videocall/tarball/main', status: 302, headers: new Headers() },
      'header: there is no Location',
    ],
    ['a refusal of another shape', { path: comments, status: 401, answered: { error: 'no' } }, '"error"'],
  ])('%s', (_, changes, fault) => {
    expect(answerFaults(description, exchange(changes)).join('\n')).toContain(fault);
  });

  it('but not what may be null', () => {
    const answered = { permission: 'admin', role_name: 'admin', user: null };
    expect(answerFaults(description, exchange({ ...permission, answered }))).toEqual([]);
  });
});
