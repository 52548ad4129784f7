/** Something a hostile chart renders, and how its refusal begins to explain itself. */
export interface HostileObject {
  /** As the test's title has it. */
  readonly what: string;
  readonly object: ManifestLike;
  readonly says: string;
}

export interface ManifestLike {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string; readonly annotations?: object };
}

const group = 'rbac.authorization.k8s.io';
const rbac = `${group}/v1`;
const deployer = { kind: 'ServiceAccount', name: 'preview-deployer', namespace: 'default' };

/** One of each kind of thing that would leave the preview or take what is not its own. */
export const hostileObjects: readonly HostileObject[] = [
  {
    what: 'a ClusterRole',
    object: of(rbac, 'ClusterRole reader', {
      rules: [{ apiGroups: ['*'], resources: ['*'], verbs: ['*'] }],
    }),
    says: `may not create \`ClusterRole\` of \`${group}\``,
  },
  {
    what: 'a ClusterRoleBinding that hides as a hook',
    object: {
      ...of(rbac, 'ClusterRoleBinding hidden', {
        roleRef: { apiGroup: group, kind: 'ClusterRole', name: 'cluster-admin' },
        subjects: [deployer],
      }),
      metadata: { name: 'hidden', annotations: { 'helm.sh/hook': 'pre-install' } },
    },
    says: `may not create \`ClusterRoleBinding\` of \`${group}\``,
  },
  {
    what: 'a RoleBinding',
    object: of(rbac, 'RoleBinding own-admin', {
      roleRef: { apiGroup: group, kind: 'ClusterRole', name: 'admin' },
      subjects: [deployer],
    }),
    says: `may not create \`RoleBinding\` of \`${group}\``,
  },
  {
    what: 'an object in another namespace',
    object: {
      ...of('v1', 'ConfigMap elsewhere', { data: {} }),
      metadata: { name: 'elsewhere', namespace: 'kube-system' },
    },
    says: 'lies in namespace `kube-system`; a preview stays in its own',
  },
  {
    what: 'a namespace',
    object: of('v1', 'Namespace another', {}),
    says: 'may not create `Namespace`',
  },
  {
    what: 'a quota of its own',
    object: of('v1', 'ResourceQuota roomy', { spec: { hard: { pods: '1000' } } }),
    says: 'may not create `ResourceQuota`',
  },
  {
    what: 'a network policy of its own',
    object: of('networking.k8s.io/v1', 'NetworkPolicy open', { spec: { podSelector: {} } }),
    says: 'may not create `NetworkPolicy` of `networking.k8s.io`',
  },
  {
    what: 'a host that is not its own',
    object: of('networking.k8s.io/v1', 'Ingress login', {
      spec: { ingressClassName: 'traefik', rules: [{ host: 'login.example.com' }] },
    }),
    says: 'claims the host `login.example.com`; this preview may use only `pr-5110',
  },
  {
    what: "an Ingress without a host, which would get everybody's requests",
    object: of('networking.k8s.io/v1', 'Ingress every', {
      spec: { ingressClassName: 'traefik', rules: [{ http: { paths: [] } }] },
    }),
    says: 'A rule without a host would serve every host',
  },
  {
    what: 'a Service of type NodePort',
    object: of('v1', 'Service node-port', { spec: { type: 'NodePort', ports: [{ port: 80 }] } }),
    says: "Its type is `NodePort`; a preview's Service must be `ClusterIP`",
  },
  {
    what: 'a Service of type ExternalName',
    object: of('v1', 'Service outside', {
      spec: { type: 'ExternalName', externalName: 'kubernetes.default.svc' },
    }),
    says: "Its type is `ExternalName`; a preview's Service must be `ClusterIP`",
  },
  {
    what: "pods that run as the deployer's account",
    object: pods('as-deployer', { serviceAccountName: 'preview-deployer' }),
    says: 'name the service account `preview-deployer`',
  },
  {
    what: "the deployer's account itself",
    object: of('v1', 'ServiceAccount preview-deployer', {}),
    says: 'belongs to an account that pr-preview makes',
  },
  {
    what: "a Secret that would be filled with an account's token",
    object: of('v1', 'Secret token', { type: 'kubernetes.io/service-account-token' }),
    says: 'may not create a Secret of type `kubernetes.io/service-account-token`',
  },
  {
    what: "pods that see the node's files",
    object: pods('host-files', { volumes: [{ name: 'root', hostPath: { path: '/' } }] }),
    says: "Its volume `root` is a `hostPath`, which shows the node's files",
  },
];

/** An object by API version and by kind and name, as problems name it. */
function of(apiVersion: string, title: string, rest: object): ManifestLike {
  const [kind = '', name = ''] = title.split(' ');
  return { apiVersion, kind, metadata: { name }, ...rest };
}

/** No replicas, so that they take nothing of the quota. */
function pods(name: string, spec: object): ManifestLike {
  const labels = { app: name };
  const containers = [{ name: 'main', image: 'docker.io/library/busybox' }];
  return of('apps/v1', `Deployment ${name}`, {
    spec: {
      replicas: 0,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers, ...spec } },
    },
  });
}
