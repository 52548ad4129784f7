import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import { describe, expect, test } from 'vitest';
import { ApiError, NoAnswer } from '../../../activities/kubernetes/api-error.ts';
import { clusterFailure, policyMessage } from '../../../activities/kubernetes/failure.ts';

function answered(code: number, message: string, rest: object = {}): ApiError {
  return ApiError.fromAnswer(code, {}, JSON.stringify({ kind: 'Status', message, code, ...rest }));
}

describe('The failure an answer of the API server stands for', () => {
  const rbac =
    'pods is forbidden: User "x" cannot list resource "pods" in API group "" in the namespace "default"';
  test.for<readonly [string, ApiError, string, boolean]>([
    ['unknown token', answered(401, 'Unauthorized'), 'ClusterDenied', true],
    ['a right that is missing', answered(403, rbac, { reason: 'Forbidden' }), 'ClusterDenied', true],
    [
      'a namespace that goes away',
      answered(403, 'forbidden: unable to create new content in namespace x because it is being terminated', {
        details: { causes: [{ reason: 'NamespaceTerminating' }] },
      }),
      'NamespaceTerminating',
      false,
    ],
    [
      'a policy',
      answered(403, "x is forbidden: ValidatingAdmissionPolicy 'p' with binding 'b' denied request: no"),
      'AdmissionDenied',
      true,
    ],
    [
      'a policy without a reason',
      answered(422, "ValidatingAdmissionPolicy 'p' with binding 'b' denied request: no"),
      'AdmissionDenied',
      true,
    ],
    ['a webhook', answered(400, 'admission webhook "w" denied the request: no'), 'AdmissionDenied', true],
    [
      'a quota',
      answered(403, 'services "x" is forbidden: exceeded quota: pr-preview'),
      'AdmissionDenied',
      true,
    ],
    [
      'a quota that is not counted yet',
      answered(403, 'forbidden: status unknown for quota: q'),
      'ClusterConflict',
      false,
    ],
    ['somebody was faster', answered(409, 'the object has been modified'), 'ClusterConflict', false],
    ['it is gone', answered(404, 'namespaces "x" not found'), 'ClusterConflict', false],
    ['an object we wrote wrongly', answered(422, 'spec.x: Invalid value'), 'Bug', true],
    [
      'a schema that we do not meet',
      answered(500, 'failed to create typed patch object (x): .spec.y: field not declared'),
      'Bug',
      true,
    ],
    [
      'too many requests',
      answered(429, 'slow down', { details: { retryAfterSeconds: 3 } }),
      'ClusterUnavailable',
      false,
    ],
    ['a server that is not well', answered(503, 'etcd is away'), 'ClusterUnavailable', false],
    [
      'a body that is no Status',
      ApiError.fromAnswer(502, {}, '<html>bad gateway</html>'),
      'ClusterUnavailable',
      false,
    ],
  ])('%s', ([, error, type, nonRetryable]) => {
    const failed = clusterFailure(error, 'listing pods');
    expect(failed).toBeInstanceOf(ApplicationFailure);
    expect(failed).toMatchObject({ type, nonRetryable, cause: error, details: [{ type }] });
    expect((failed as Error).message).toMatch(/while listing pods: /);
  });

  test('waits as long as the server asks for', () => {
    const asked = answered(429, 'slow down', { details: { retryAfterSeconds: 3 } });
    expect(clusterFailure(asked, 'x')).toMatchObject({ nextRetryDelay: 3_000 });
    const byHeader = ApiError.fromAnswer(503, { 'retry-after': '7' }, '');
    expect(clusterFailure(byHeader, 'x')).toMatchObject({ nextRetryDelay: 7_000 });
  });

  test('a server that does not answer is tried again', () => {
    const error = NoAnswer.because(
      new TypeError('fetch failed', { cause: new Error('connect ECONNREFUSED') }),
    );
    expect(clusterFailure(error, 'listing pods')).toMatchObject({
      type: 'ClusterUnavailable',
      message: 'The Kubernetes API server did not answer while listing pods: connect ECONNREFUSED.',
    });
  });

  test('failures, cancellations and bugs pass through untouched', () => {
    for (const error of [
      ApplicationFailure.nonRetryable('x', 'FenceLost'),
      new CancelledFailure('CANCELLED'),
      new TypeError('x is undefined'),
    ])
      expect(clusterFailure(error, 'listing pods')).toBe(error);
  });

  test('says what the policy says, and nothing around it', () => {
    const message =
      "ingresses.networking.k8s.io \"web\" is forbidden: ValidatingAdmissionPolicy 'a' with binding 'a' denied request: Ingress web claims x";
    expect(policyMessage(message)).toBe('Ingress web claims x');
    expect(policyMessage('admission webhook "w" denied the request: no\nway')).toBe('no way');
    expect(policyMessage('something else')).toBe('something else');
  });
});
