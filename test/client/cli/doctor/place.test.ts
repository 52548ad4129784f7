import { describe, expect, it } from 'vitest';
import { isWorkersPlace, unseen } from '../../../../client/cli/doctor/place.ts';

const worker = { PREVIEW_PLATFORM_CONFIG: 'platform.yaml', KUBECONFIG: 'worker', GITHUB_TOKEN: 't' };

describe("the worker's place", () => {
  it.each<[string, Record<string, string>, boolean]>([
    ['a pod', { KUBERNETES_SERVICE_HOST: '10.0.0.1' }, true],
    ['a process with what a worker outside of a cluster needs', worker, true],
    ['one that logs in as an App', { ...worker, GITHUB_TOKEN: '', GITHUB_APP_ID: '1' }, true],
    ['a desk with nothing', {}, false],
    ["a desk with a person's own access", { ...worker, PREVIEW_PLATFORM_CONFIG: '' }, false],
    ['a desk without a kubeconfig', { ...worker, KUBECONFIG: '' }, false],
    ['a desk without a login', { ...worker, GITHUB_TOKEN: '' }, false],
  ])('is told by its variables: %s', (_, env, is) => {
    expect(isWorkersPlace(env)).toBe(is);
    expect(unseen(env, 'nothing came', 'Mend it')).toEqual(
      is
        ? { verdict: 'bad', text: 'nothing came', advice: 'Mend it' }
        : { verdict: 'unknown', text: 'nothing came', advice: 'Run this where the worker runs' },
    );
  });
});
