import { failure } from '../failure.ts';
import type { KubernetesApi } from '../kubernetes/api.ts';
import { isConflict, isNotFound } from '../kubernetes/api-error.ts';
import { mapped } from '../kubernetes/failure.ts';
import { listObjects } from '../kubernetes/objects.ts';
import { pathOf, resources } from '../kubernetes/resources.ts';
import type { ReleaseRecord } from './release-record.ts';
import { readRecord, revisionOf } from './release-record.ts';

/** One release of one namespace. */
export interface ReleaseName {
  readonly namespace: string;
  readonly release: string;
}

/** Helm's own memory of releases, read and mended without Helm. */
export interface Releases {
  /** Names of all releases that Helm remembers in a namespace, finished or not. */
  names(namespace: string, signal: AbortSignal): Promise<readonly string[]>;
  /** The newest revision; null when there is no release. */
  latest(name: ReleaseName, signal: AbortSignal): Promise<ReleaseRecord | null>;
  /** Forgets one revision, unless it has changed since it was read. What it applied stays. */
  forget(namespace: string, record: ReleaseRecord, signal: AbortSignal): Promise<void>;
}

/** Reads and deletes release Secrets. @param api with the worker's rights. */
export function createReleases(api: KubernetesApi): Releases {
  return {
    names: (namespace, signal) =>
      mapped(`listing the releases in ${namespace}`, async () => {
        const query = { namespace, labelSelector: 'owner=helm', signal };
        const { items } = await listObjects(api, resources.secrets, query);
        const names = items.flatMap(({ metadata }) => metadata?.labels?.['name'] ?? []);
        return [...new Set(names)].toSorted();
      }),
    latest: ({ namespace, release }, signal) =>
      mapped(`reading the release ${release} in ${namespace}`, async () => {
        const labelSelector = `owner=helm,name=${release}`;
        const secrets = await listObjects(api, resources.secrets, { namespace, labelSelector, signal });
        const newest = secrets.items.toSorted((one, other) => revisionOf(other) - revisionOf(one))[0];
        if (!newest) return null;
        const record = await readRecord(newest);
        if (record) return record;
        throw failure(
          'HelmFailed',
          `Secret ${newest.metadata?.name} in ${namespace} should hold a Helm release, but cannot be read as one. ` +
            'Delete that Secret, then deploy again.',
        );
      }),
    forget: (namespace, { secret: { name, ...preconditions } }, signal) =>
      mapped(`deleting ${name} in ${namespace}`, async () => {
        const path = pathOf(resources.secrets, { namespace, name });
        try {
          await api.json({ method: 'DELETE', path, body: { preconditions } }, signal);
        } catch (error) {
          // Gone or changed meanwhile: whoever asked looks again.
          if (!isNotFound(error) && !isConflict(error)) throw error;
        }
      }),
  };
}
