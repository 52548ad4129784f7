import { describe, expect, test } from 'vitest';
import { classifyHelm, helmFailure } from '../../../activities/helm/failure.ts';
import type { FailureType } from '../../../domain/failures.ts';

const result = { succeeded: false, killedBy: null, stdout: '', truncated: false };

/** Words that Helm 4.3 was seen to say. */
const seen: readonly { stderr: string; type: FailureType }[] = [
  {
    stderr: 'Error: UPGRADE FAILED: another operation (install/upgrade/rollback) is in progress',
    type: 'HelmBusy',
  },
  { stderr: 'Error: release: already exists', type: 'HelmBusy' },
  {
    stderr:
      'Error: create: failed to create: secrets "sh.helm.release.v1.rel.v1" is forbidden: unable to create new content in namespace preview-1 because it is being terminated',
    type: 'NamespaceTerminating',
  },
  {
    stderr:
      'Error: query: failed to query with labels: serviceaccounts "preview-deployer" is forbidden: User "system:serviceaccount:pr-preview:worker" cannot impersonate resource "serviceaccounts" in API group "" in the namespace "preview-1"',
    type: 'ClusterDenied',
  },
  {
    stderr:
      'Error: clusterroles.rbac.authorization.k8s.io "evil" is forbidden: User "system:serviceaccount:preview-1:preview-deployer" cannot get resource "clusterroles" in API group "rbac.authorization.k8s.io" at the cluster scope',
    type: 'AdmissionDenied',
  },
  {
    stderr:
      "Error: services \"evil\" is forbidden: ValidatingAdmissionPolicy 'pr-preview-services' with binding 'pr-preview-services' denied request: a preview's Service must be ClusterIP",
    type: 'AdmissionDenied',
  },
  {
    stderr:
      "Error: values don't meet the specifications of the schema(s) in the following chart(s):\ndemo:\n- at '/word': got string, want integer",
    type: 'ChartInvalid',
  },
  {
    stderr:
      'Error: server-side apply failed for object preview-1/x /v1, Kind=ConfigMap: failed to create typed patch object (preview-1/x; /v1, Kind=ConfigMap): .data.a: expected string, got &value.valueUnstructured{Value:5}',
    type: 'ChartInvalid',
  },
  {
    stderr:
      'Error: UPGRADE FAILED: Deployment.apps "x" is invalid: spec.selector: Invalid value: {}: field is immutable',
    type: 'ChartInvalid',
  },
  {
    stderr:
      'Error: failed pre-install: resource Job/preview-1/endless not ready. status: InProgress, message: Job in progress\ncontext deadline exceeded',
    type: 'ServiceTimeout',
  },
  {
    stderr:
      'Error: failed pre-install: resource Job/preview-1/failing not ready. status: Failed, message: Job Failed. failed: 1/1',
    type: 'ServiceFailed',
  },
  {
    stderr:
      'Error: Kubernetes cluster unreachable: Get "https://127.0.0.1:9/version": dial tcp 127.0.0.1:9: connect: connection refused',
    type: 'ClusterUnavailable',
  },
  {
    stderr: 'Error: pre-upgrade hooks failed: Get "https://x/y": dial tcp: connect: connection refused',
    type: 'ClusterUnavailable',
  },
  { stderr: 'Error: UPGRADE FAILED: etcdserver: request timed out', type: 'ClusterUnavailable' },
  { stderr: 'Error: something nobody has seen', type: 'HelmFailed' },
];

describe('classifyHelm', () => {
  test.each(seen)('$type: $stderr', ({ stderr, type }) => {
    const error = classifyHelm('helm upgrade of rel', { ...result, stderr: `level=WARN msg=x\n${stderr}\n` });
    expect(error.type).toBe(type);
    expect(error.detail).toBe(stderr);
  });

  test('is not misled by what Helm warned of before', () => {
    const warning = 'level=WARN msg="unknown field \\"spec.colour\\"; Deployment.apps is invalid: x"';
    const stderr = `${warning}\nError: UPGRADE FAILED: etcdserver: request timed out\n`;
    const error = classifyHelm('helm upgrade of rel', { ...result, stderr });
    expect(error.type).toBe('ClusterUnavailable');
  });

  test('knows a Helm that somebody killed, whatever it said', () => {
    const error = classifyHelm('helm upgrade of rel', { ...result, killedBy: 'SIGKILL', stderr: 'Error: x' });
    expect(error.type).toBe('HelmInterrupted');
    expect(error.message).toContain('SIGKILL');
  });
});

test('a failure tells what Helm says in its message and, line by line, in its report', () => {
  const error = classifyHelm('helm upgrade of rel', { ...result, stderr: 'Error: first\nsecond\n' });
  const failure = helmFailure(error, 'ui', error.detail);
  expect(failure.message).toContain('Helm says: Error: first');
  expect(failure.details).toEqual([
    expect.objectContaining({ type: 'HelmFailed', service: 'ui', logTail: ['Error: first', 'second'] }),
  ]);
});
