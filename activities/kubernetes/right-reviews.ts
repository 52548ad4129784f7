import type { KubernetesApi } from './api.ts';
import { deployerRole, workerRole } from './bound-roles.ts';

/** What is asked of the API server about ourselves. */
interface Right {
  readonly verb: string;
  readonly resource: string;
  readonly group?: string;
  readonly namespace?: string;
  readonly name?: string;
}

const rbac = 'rbac.authorization.k8s.io';

/** What the worker needs in the whole cluster; all else it has by bindings in the namespaces of previews. */
const needed: readonly Right[] = [
  ...['get', 'list', 'watch', 'create', 'patch', 'delete'].map((verb) => ({ verb, resource: 'namespaces' })),
  ...['get', 'create', 'patch'].map((verb) => ({ verb, resource: 'rolebindings', group: rbac })),
  ...[workerRole, deployerRole].map((name) => ({
    verb: 'bind',
    resource: 'clusterroles',
    group: rbac,
    name,
  })),
];

/** What would let whoever takes the worker over take the cluster over. */
const undue: readonly Right[] = [
  { verb: '*', resource: '*', group: '*' },
  { verb: 'list', resource: 'secrets' },
  { verb: 'get', resource: 'secrets', namespace: 'kube-system' },
  { verb: 'create', resource: 'pods' },
  { verb: 'create', resource: 'pods', namespace: 'kube-system' },
  { verb: 'create', resource: 'clusterroles', group: rbac },
  { verb: 'create', resource: 'clusterrolebindings', group: rbac },
  { verb: 'escalate', resource: 'clusterroles', group: rbac },
  { verb: 'bind', resource: 'clusterroles', group: rbac, name: 'cluster-admin' },
  { verb: 'impersonate', resource: 'users' },
  { verb: 'impersonate', resource: 'serviceaccounts', namespace: 'kube-system' },
  { verb: 'update', resource: 'validatingadmissionpolicies', group: 'admissionregistration.k8s.io' },
];

/** Rights of the worker's that we do not have, in words. @throws `ApiError`, `NoAnswer`. */
export async function readMissingRights(api: KubernetesApi, signal: AbortSignal): Promise<string[]> {
  return await which(needed, async (right) => !(await have(api, right, signal)));
}

/** Rights that we have and should not, in words. @throws `ApiError`, `NoAnswer`. */
export async function readUndueRights(api: KubernetesApi, signal: AbortSignal): Promise<string[]> {
  return await which(undue, async (right) => await have(api, right, signal));
}

async function which(rights: readonly Right[], is: (right: Right) => Promise<boolean>): Promise<string[]> {
  const answers = await Promise.all(rights.map(is));
  return rights.filter((_, index) => answers[index] === true).map(inWords);
}

async function have(api: KubernetesApi, right: Right, signal: AbortSignal): Promise<boolean> {
  const body = {
    apiVersion: 'authorization.k8s.io/v1',
    kind: 'SelfSubjectAccessReview',
    spec: { resourceAttributes: right },
  };
  const path = '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews';
  const { status } = await api.json<{ readonly status?: { readonly allowed?: boolean } }>(
    { method: 'POST', path, body },
    signal,
  );
  return status?.allowed === true;
}

function inWords({ verb, resource, namespace, name }: Right): string {
  const what = verb === '*' ? 'do everything' : `${verb} ${resource}`;
  return `${what}${name === undefined ? '' : ` ${name}`}${namespace === undefined ? '' : ` in ${namespace}`}`;
}
