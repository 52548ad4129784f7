import { pino } from 'pino';
import { expect, it } from 'vitest';
import type { ApiRequest, KubernetesApi } from '../../activities/kubernetes/api.ts';
import { ApiError } from '../../activities/kubernetes/api-error.ts';
import { platform } from '../config/samples.ts';
import { requireRights } from '../../worker/rights.ts';

type Labels = Readonly<Record<string, string>>;

/** A cluster by what its admission says of a namespace; the real one has today's policies only. */
function cluster(admits: (name: string, labels: Labels) => boolean): KubernetesApi {
  const json = async (request: ApiRequest): Promise<unknown> => {
    if (request.path.endsWith('/selfsubjectreviews'))
      return { status: { userInfo: { username: 'system:serviceaccount:pr-preview:worker' } } };
    expect(request).toMatchObject({ method: 'POST', path: '/api/v1/namespaces', query: { dryRun: 'All' } });
    const { metadata } = request.body as { metadata: { name: string; labels: Labels } };
    if (admits(metadata.name, metadata.labels)) return {};
    throw new ApiError(`denied request: not ${metadata.name}`, { status: 403, reason: 'Forbidden' });
  };
  const loud = async (): Promise<never> => {
    throw new Error('nothing else is asked');
  };
  return { json: json as KubernetesApi['json'], text: loud, stream: loud };
}

const asked = (api: KubernetesApi): Promise<unknown> =>
  requireRights(
    api,
    { platform: platform(), logger: pino({ enabled: false }), patienceMs: 0 },
    AbortSignal.timeout(5_000),
  );
const isPreview = (name: string): boolean => /^preview-\d+$/.test(name);
const isSecured = (labels: Labels): boolean => labels['pod-security.kubernetes.io/enforce'] === 'baseline';

it('takes a cluster that admits previews as they are made, and nothing else', async () => {
  const api = cluster((name, labels) => isPreview(name) && isSecured(labels));
  await expect(asked(api)).resolves.toEqual({ namespace: 'pr-preview', name: 'worker' });
});

it('refuses a cluster whose policies let it make previews without Pod Security', async () => {
  const api = cluster((name) => isPreview(name));
  await expect(asked(api)).rejects.toMatchObject({
    reasons: [expect.stringContaining('Upgrade the chart')],
  });
});

it('says of an account that is too strong only that', async () => {
  await expect(asked(cluster(() => true))).rejects.toMatchObject({
    reasons: [expect.stringContaining('may create any namespace')],
  });
});
