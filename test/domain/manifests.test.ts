import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ManifestObject } from '../../domain/manifest-object.ts';
import { inspectManifests } from '../../domain/manifests.ts';
import type { Plan } from '../../domain/plan.ts';
import { checkQuota } from '../../domain/quota.ts';
import { digest, samplePlan } from './plan-sample.ts';

const pinned = `ghcr.io/example/ui:pr-7@${digest}`;
const noStrings = { forbiddenStrings: [], allowedStrings: [] };

type Loose = Record<string, unknown>;

function deployment({
  pod = {},
  container = {},
  spec = {},
}: { pod?: Loose; container?: Loose; spec?: Loose } = {}): ManifestObject {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'ui' },
    spec: {
      template: { spec: { containers: [{ name: 'ui', image: pinned, ...container }], ...pod } },
      ...spec,
    },
  } as ManifestObject;
}

function ingress({
  spec = {},
  annotations = {},
}: { spec?: Loose; annotations?: Record<string, string> } = {}): ManifestObject {
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    metadata: { name: 'ui', annotations },
    spec: {
      rules: [{ host: 'pr-7.sandbox.example.com' }],
      tls: [{ hosts: ['pr-7.sandbox.example.com'] }],
      ...spec,
    },
  } as ManifestObject;
}

function object(apiVersion: string, kind: string, rest: Loose = {}): ManifestObject {
  return { apiVersion, kind, metadata: { name: 'x' }, ...rest };
}

function messages(objects: ManifestObject[], changes: Partial<Plan> = {}): string[] {
  const problems = inspectManifests(objects, samplePlan(changes), noStrings);
  expect(problems.every(({ type }) => type === 'PlanRefused')).toBe(true);
  return problems.map(({ where, message }) => `${where ?? ''}: ${message}`);
}

/** What is said of these objects beside a Deployment that is well. */
function beside(objects: ManifestObject[], changes: Partial<Plan> = {}): string[] {
  return messages([deployment(), ...objects], changes);
}

describe('rendered manifests', () => {
  it('may be all that the deployer may create', () => {
    const all = [
      deployment({ pod: { serviceAccountName: 'ui' } }),
      ingress(),
      object('v1', 'Secret'),
      object('v1', 'ConfigMap', { metadata: { name: 'x', namespace: 'preview-7' } }),
      object('v1', 'Service', { spec: { type: 'ClusterIP', clusterIP: 'None' } }),
      object('v1', 'ServiceAccount', { metadata: { name: 'ui' } }),
      object('v1', 'PersistentVolumeClaim', { spec: { resources: {} } }),
      object('apps/v1', 'StatefulSet', { spec: { updateStrategy: { rollingUpdate: { partition: 0 } } } }),
      object('batch/v1', 'Job'),
      object('batch/v1', 'CronJob'),
      object('autoscaling/v2', 'HorizontalPodAutoscaler'),
      object('policy/v1', 'PodDisruptionBudget'),
    ];
    expect(messages(all)).toEqual([]);
  });

  it('are refused with a message that names the kind and what may be created', () => {
    expect(beside([object('rbac.authorization.k8s.io/v1', 'ClusterRole')])).toEqual([
      "ClusterRole x: A preview may not create `ClusterRole` of `rbac.authorization.k8s.io`. Allowed: Secret, ConfigMap, Service, ServiceAccount, PersistentVolumeClaim, Deployment, StatefulSet, Job, CronJob, Ingress, HorizontalPodAutoscaler, PodDisruptionBudget. Turn it off in the chart's values.",
    ]);
  });

  it.each([
    ['rbac.authorization.k8s.io/v1', 'RoleBinding'],
    ['rbac.authorization.k8s.io/v1', 'Role'],
    ['v1', 'ResourceQuota'],
    ['v1', 'LimitRange'],
    ['v1', 'Namespace'],
    ['v1', 'Pod'],
    ['v1', 'Endpoints'],
    ['v1', 'PersistentVolume'],
    ['apps/v1', 'DaemonSet'],
    ['networking.k8s.io/v1', 'NetworkPolicy'],
    ['networking.k8s.io/v1', 'IngressClass'],
    ['gateway.networking.k8s.io/v1', 'HTTPRoute'],
    ['cert-manager.io/v1', 'Certificate'],
    ['monitoring.coreos.com/v1', 'ServiceMonitor'],
    ['apiextensions.k8s.io/v1', 'CustomResourceDefinition'],
    ['admissionregistration.k8s.io/v1', 'ValidatingWebhookConfiguration'],
    ['evil.example/v1', 'Deployment'],
    ['extensions/v1beta1', 'Ingress'],
  ])('may not be %s %s', (apiVersion, kind) => {
    const [first] = inspectManifests([deployment(), object(apiVersion, kind)], samplePlan(), noStrings);
    expect(first?.message).toMatch(new RegExp(`^A preview may not create \`${kind}\``));
  });

  it('may not lie in another namespace', () => {
    expect(
      beside([object('v1', 'ConfigMap', { metadata: { name: 'x', namespace: 'kube-system' } })]),
    ).toEqual([
      'ConfigMap x: It lies in namespace `kube-system`; a preview stays in its own, `preview-7`. Remove `metadata.namespace` from the chart, or set it to `{{ namespace }}`.',
    ]);
  });

  it.each([
    ['Secret', 'database', "the database's Secret"],
    ['Secret', 'jwt-secret', 'a Secret of `secrets`'],
    ['Secret', 'wildcard-tls', 'the certificate'],
    ['Secret', 'pull-ghcr-io', 'a Secret for pulling images'],
    ['Secret', 'sh.helm.release.v1.ui.v1', 'Helm'],
    ['ServiceAccount', 'preview-deployer', 'an account that pr-preview makes'],
    ['ServiceAccount', 'default', 'an account that pr-preview makes'],
  ])('may not take the name of the %s %s, which belongs to %s', (kind, name, holder) => {
    const [first, ...rest] = beside([object('v1', kind, { metadata: { name } })]);
    expect(first).toContain(`${kind} ${name}: The name belongs to ${holder}`);
    expect(rest).toEqual([]);
  });

  it.each(['kubernetes.io/service-account-token', 'helm.sh/release.v1', 'bootstrap.kubernetes.io/token'])(
    'may not hold a Secret of type %s, which would hand out rights',
    (type) => {
      expect(beside([object('v1', 'Secret', { type })])).toEqual([
        `Secret x: A preview may not create a Secret of type \`${type}\`.`,
      ]);
    },
  );

  it.each([{ volumeName: 'pv' }, { dataSourceRef: { kind: 'Snapshot', name: 's', namespace: 'other' } }])(
    'may not claim somebody else’s volume: %j',
    (spec) => {
      expect(beside([object('v1', 'PersistentVolumeClaim', { spec })])).toEqual([
        'PersistentVolumeClaim x: A claim may name neither a volume (`volumeName`) nor a source in another namespace.',
      ]);
    },
  );

  it('may not hold one object twice, and say so once', () => {
    const twice = object('v1', 'ConfigMap');
    expect(beside([twice, twice, twice])).toEqual([
      'ConfigMap x: It is rendered twice; only one release can own it. Give each chart its own name, for example by `fullnameOverride`.',
    ]);
  });

  it('must give each object a name', () => {
    expect(beside([object('v1', 'ConfigMap', { metadata: {} })])).toEqual([
      'ConfigMap (no name): It has no name. Give it `metadata.name`.',
    ]);
  });

  it('tell every problem at once', () => {
    const problems = messages([
      deployment({ pod: { hostNetwork: true } }),
      ingress({ spec: { rules: [{ host: 'app.example.com' }] } }),
      object('v1', 'Service', { spec: { type: 'NodePort' } }),
      object('v1', 'ResourceQuota'),
    ]);
    expect(problems).toHaveLength(4);
  });
});

describe('an Ingress', () => {
  const own = 'this preview may use only `pr-7.sandbox.example.com`, `pr-7-api.sandbox.example.com`';

  it('may not claim another host', () => {
    expect(beside([ingress({ spec: { rules: [{ host: 'app.videocall.rs' }] } })])).toEqual([
      `Ingress ui: It claims the host \`app.videocall.rs\`; ${own}. Set it in the values by \`{{ hosts.<service> }}\`.`,
    ]);
  });

  it.each([
    [{ rules: [] }, `It has no rules and would serve every host; ${own}.`],
    [{ rules: undefined }, `It has no rules and would serve every host; ${own}.`],
    [{ rules: [{ http: {} }] }, `A rule without a host would serve every host; ${own}.`],
    [{ rules: [{ host: '' }] }, `A rule without a host would serve every host; ${own}.`],
    [
      { rules: [{ host: '*.sandbox.example.com' }] },
      `It claims the host \`*.sandbox.example.com\`; ${own}. Set it in the values by \`{{ hosts.<service> }}\`.`,
    ],
    [{ tls: [{ hosts: ['evil.example.com'] }] }, `Its \`tls\` names the host \`evil.example.com\`; ${own}.`],
    [{ defaultBackend: { service: { name: 'ui' } } }, '`defaultBackend` would serve every host. Remove it.'],
  ])('may not have %j', (spec, message) => {
    expect(beside([ingress({ spec })])).toEqual([`Ingress ui: ${message}`]);
  });

  it('is refused where the preview has no host', () => {
    const names = { namespace: 'preview-7', database: null, hosts: {}, urls: {} };
    expect(beside([ingress({ spec: { tls: [] } })], { names })[0]).toBe(
      'Ingress ui: It claims the host `pr-7.sandbox.example.com`; this preview has no host. Set it in the values by `{{ hosts.<service> }}`.',
    );
  });

  it.each([
    'cert-manager.io/issuer',
    'cert-manager.io/cluster-issuer',
    'kubernetes.io/tls-acme',
    'kubernetes.io/ingress.class',
    'external-dns.alpha.kubernetes.io/hostname',
    'nginx.ingress.kubernetes.io/server-alias',
    'nginx.ingress.kubernetes.io/server-snippet',
    'nginx.ingress.kubernetes.io/configuration-snippet',
    'nginx.ingress.kubernetes.io/auth-url',
    'nginx.ingress.kubernetes.io/permanent-redirect',
    'nginx.ingress.kubernetes.io/canary-weight',
    'traefik.ingress.kubernetes.io/router.middlewares',
  ])('may not carry %s', (key) => {
    expect(beside([ingress({ annotations: { [key]: 'x' } })])).toEqual([
      `Ingress ui: The annotation \`${key}\` may not stand in a preview. Remove it, or set it to null in the values.`,
    ]);
  });

  it('may carry annotations that stay inside the preview', () => {
    const annotations = {
      'nginx.ingress.kubernetes.io/proxy-read-timeout': '3600',
      'nginx.ingress.kubernetes.io/auth-secret': 'preview-7/basic',
      'nginx.ingress.kubernetes.io/auth-tls-secret': 'mine',
    };
    expect(beside([ingress({ annotations })])).toEqual([]);
  });

  it('may not refer to a Secret of another namespace', () => {
    expect(
      beside([ingress({ annotations: { 'nginx.ingress.kubernetes.io/auth-secret': 'infra/basic' } })]),
    ).toEqual([
      "Ingress ui: The annotation `nginx.ingress.kubernetes.io/auth-secret` refers to `infra/basic`, outside the preview's namespace.",
    ]);
  });

  it('must carry the platform’s annotations, which may be ones that are refused otherwise', () => {
    const ingressAnnotations = {
      'traefik.ingress.kubernetes.io/router.middlewares': 'infra-noindex@kubernetescrd',
    };
    expect(beside([ingress({ annotations: ingressAnnotations })], { ingressAnnotations })).toEqual([]);
    expect(beside([ingress()], { ingressAnnotations })).toEqual([
      'Ingress ui: The platform demands the annotation `traefik.ingress.kubernetes.io/router.middlewares: infra-noindex@kubernetescrd`. Put `<<: "{{ ingress.annotations }}"` into the chart\'s Ingress annotations.',
    ]);
    const other = { 'traefik.ingress.kubernetes.io/router.middlewares': 'other' };
    expect(beside([ingress({ annotations: other })], { ingressAnnotations })[0]).toContain(
      'noindex@kubernetescrd`, found `other`.',
    );
  });

  it('must name the platform’s class where it has one', () => {
    expect(beside([ingress({ spec: { ingressClassName: 'nginx' } })], { ingressClassName: 'nginx' })).toEqual(
      [],
    );
    expect(
      beside([ingress({ spec: { ingressClassName: 'traefik' } })], { ingressClassName: 'nginx' }),
    ).toEqual([
      "Ingress ui: The platform's ingress class is `nginx`, found `traefik`. Set the chart's ingress class.",
    ]);
    expect(beside([ingress()], { ingressClassName: 'nginx' })).toEqual([
      "Ingress ui: The platform's ingress class is `nginx`, found none. Set the chart's ingress class.",
    ]);
  });
});

describe('a Service', () => {
  it.each(['NodePort', 'LoadBalancer', 'ExternalName'])('may not be of type %s', (type) => {
    expect(beside([object('v1', 'Service', { spec: { type } })])).toEqual([
      `Service x: Its type is \`${type}\`; a preview's Service must be \`ClusterIP\`. Set the chart's service type.`,
    ]);
  });

  it('may not have external addresses or names', () => {
    const annotations = { 'external-dns.alpha.kubernetes.io/hostname': 'app.example.com' };
    expect(
      beside([
        object('v1', 'Service', { metadata: { name: 'x', annotations }, spec: { externalIPs: ['1.2.3.4'] } }),
      ]),
    ).toEqual([
      "Service x: A preview's Service may have no `externalIPs`.",
      'Service x: The annotation `external-dns.alpha.kubernetes.io/hostname` may not stand in a preview. Remove it.',
    ]);
  });
});

describe('a pod', () => {
  it.each([
    [
      { pod: { serviceAccountName: 'preview-deployer' } },
      "Its pods name the service account `preview-deployer`; a preview's pods may use `default` or one that a chart of the preview makes.",
    ],
    [
      { pod: { serviceAccount: 'other' } },
      "Its pods name the service account `other`; a preview's pods may use `default` or one that a chart of the preview makes.",
    ],
    [{ pod: { hostNetwork: true } }, "Its pods ask for `hostNetwork`, which gives them the node's."],
    [{ pod: { hostPID: true } }, "Its pods ask for `hostPID`, which gives them the node's."],
    [{ pod: { hostIPC: true } }, "Its pods ask for `hostIPC`, which gives them the node's."],
    [
      { pod: { volumes: [{ name: 'root', hostPath: { path: '/' } }] } },
      "Its volume `root` is a `hostPath`, which shows the node's files.",
    ],
    [
      { pod: { volumes: [{ name: 'share', nfs: { server: '10.0.0.1', path: '/' } }] } },
      'Its volume `share` is of kind `nfs`; a preview may use configMap, csi, downwardAPI, emptyDir, ephemeral, persistentVolumeClaim, projected, secret.',
    ],
    [
      { pod: { automountServiceAccountToken: true } },
      "Its pods ask for a service account's token; a preview's pods get none.",
    ],
    [
      { pod: { volumes: [{ name: 't', projected: { sources: [{ serviceAccountToken: { path: 't' } }] } }] } },
      "Its pods ask for a service account's token; a preview's pods get none.",
    ],
    [
      {
        pod: {
          volumes: [{ name: 't', projected: { sources: [{ podCertificate: { keyType: 'ED25519' } }] } }],
        },
      },
      "Its pods ask for a service account's token; a preview's pods get none.",
    ],
    [{ pod: { nodeName: 'node-1' } }, 'Its pods name a node (`nodeName`), past the scheduler.'],
    [
      { pod: { priorityClassName: 'system-node-critical' } },
      "Its pods have the priority `system-node-critical`, which is the system's.",
    ],
    [{ container: { securityContext: { privileged: true } } }, 'Its container `ui` is `privileged`.'],
    [
      { container: { securityContext: { capabilities: { add: ['SYS_ADMIN', 'CHOWN'] } } } },
      'Its container `ui` adds the capabilities `SYS_ADMIN`.',
    ],
    [
      { container: { ports: [{ containerPort: 80, hostPort: 80 }] } },
      'Its container `ui` takes a port of the node (`hostPort`).',
    ],
    [
      { pod: { initContainers: [{ name: 'init', securityContext: { privileged: true } }] } },
      'Its container `init` is `privileged`.',
    ],
    [{ spec: { paused: true } }, 'It is `paused`: an update would never reach its pods.'],
    [
      { container: { resources: { requests: { cpu: '500m' } } } },
      "Its container `ui` requests cpu `500m`, more than the platform's default limit `100m`. Set `resources.limits.cpu`.",
    ],
    [
      { container: { resources: { requests: { memory: '2Gi' }, limits: { memory: '1Gi' } } } },
      'Its container `ui` requests memory `2Gi`, more than its limit `1Gi`. Set `resources.limits.memory`.',
    ],
  ])('may not have %j', (change, message) => {
    expect(messages([deployment(change)])).toEqual([`Deployment ui: ${message}`]);
  });

  it('may have what a preview needs', () => {
    const pod = {
      serviceAccountName: 'default',
      hostNetwork: false,
      volumes: [{ name: 'tmp', emptyDir: {} }],
      securityContext: { runAsNonRoot: true },
    };
    const container = {
      ports: [{ containerPort: 80 }],
      securityContext: { privileged: false, capabilities: { drop: ['ALL'], add: ['NET_BIND_SERVICE'] } },
      resources: { requests: { cpu: '20m', memory: '10Mi' }, limits: { cpu: 1 } },
    };
    expect(messages([deployment({ pod, container })])).toEqual([]);
  });

  it.each(['Job', 'CronJob', 'StatefulSet'])('of a %s is looked at too', (kind) => {
    const template = { spec: { containers: [{ name: 'c', image: 'x' }], hostPID: true } };
    const spec = kind === 'CronJob' ? { jobTemplate: { spec: { template } } } : { template };
    const version = kind.endsWith('Job') ? 'batch/v1' : 'apps/v1';
    expect(beside([object(version, kind, { spec })])).toEqual([
      `${kind} x: Its pods ask for \`hostPID\`, which gives them the node's.`,
    ]);
  });

  it.each([
    [
      { type: 'OnDelete' },
      'Its update strategy is `OnDelete`: an update would never reach its pods. Use `RollingUpdate`.',
    ],
    [
      { rollingUpdate: { partition: 2 } },
      'Its update strategy has `partition: 2`: an update would not reach all pods. Use 0.',
    ],
  ])('of a StatefulSet must be reached by updates, unlike with %j', (updateStrategy, message) => {
    expect(beside([object('apps/v1', 'StatefulSet', { spec: { updateStrategy } })])).toEqual([
      `StatefulSet x: ${message}`,
    ]);
  });
});

describe('an image', () => {
  it('of the plan must run by the digest that was checked', () => {
    const wrong = deployment({ container: { image: 'ghcr.io/example/ui:pr-7' } });
    expect(messages([wrong])).toEqual([
      `Deployment ui: It runs \`ghcr.io/example/ui:pr-7\`, which is not the image that was checked (\`${digest}\`). Set it in the values by \`{{ images.<image>.pinnedTag }}\` or \`{{ images.<image>.reference }}\`.`,
    ]);
    const other = deployment({ container: { image: `GHCR.io/example/ui@sha256:${'b'.repeat(64)}` } });
    expect(messages([other])).toHaveLength(1);
  });

  it.each([`ghcr.io/example/ui@${digest}`, pinned])('may be written as %s', (image) => {
    expect(messages([deployment({ container: { image } })])).toEqual([]);
  });

  it('of the plan that no chart renders is a problem: the preview would run another', () => {
    expect(messages([deployment({ container: { image: 'ghcr.io/example/old:latest' } })])).toEqual([
      'preview.yaml: services.ui.images.main: The image `ghcr.io/example/ui` is in nothing that the charts render: the preview would run another. Put `{{ images.main.repository }}` and `{{ images.main.pinnedTag }}` into the values that the chart reads.',
    ]);
  });

  it('of others may be any', () => {
    expect(messages([deployment({ pod: { initContainers: [{ name: 'wait', image: 'busybox' }] } })])).toEqual(
      [],
    );
  });

  it('of Docker Hub is known by its short name too', () => {
    const nats = { repository: 'docker.io/library/nats', tag: '2', digest, digests: [digest] };
    const [ui] = samplePlan().services;
    const services = [{ ...ui!, images: { main: nats } }];
    expect(messages([deployment({ container: { image: `nats:2@${digest}` } })], { services })).toEqual([]);
    expect(messages([deployment({ container: { image: 'nats:2' } })], { services })).toHaveLength(1);
  });
});

describe('a forbidden string', () => {
  const rules = {
    forbiddenStrings: ['videocall.rs', 'letsencrypt-prod'],
    allowedStrings: ['sandbox.videocall.rs'],
  };
  const found = (config: Loose) =>
    inspectManifests([deployment(), object('v1', 'ConfigMap', config)], samplePlan(), rules).map(
      ({ where, message }) => `${where ?? ''}: ${message}`,
    );

  it('is told with object, path and string', () => {
    expect(found({ data: { 'config.js': 'window.api = "https://api.videocall.rs"' } })).toEqual([
      'ConfigMap x: `data["config.js"]` contains `videocall.rs`, which the platform forbids in previews. Set the chart\'s value for it in `preview.yaml`.',
    ]);
  });

  it.each([
    [{ data: { a: 'APP.VideoCall.RS' } }, '`data.a`'],
    [{ data: { 'app.videocall.rs': 'x' } }, '`data["app.videocall.rs"]`'],
    [{ binaryData: { a: btoa('host: app.videocall.rs') } }, '`binaryData.a`'],
    [
      { metadata: { name: 'x', annotations: { issuer: 'letsencrypt-prod' } } },
      '`metadata.annotations.issuer`',
    ],
    [{ list: [{ deep: ['', 'x.videocall.rs'] }] }, '`list[0].deep[1]`'],
    [{ data: { a: 'pr-1.sandbox.videocall.rs and app.videocall.rs' } }, '`data.a`'],
  ])('is found in %j', (config, path) => {
    expect(found(config)).toHaveLength(1);
    expect(found(config)[0]).toContain(`ConfigMap x: ${path} contains`);
  });

  it.each([
    { data: { a: 'https://pr-7.sandbox.videocall.rs' } },
    { data: { a: 'vidsandbox.videocall.rseocall.rs' } },
    { data: { a: 'not base64 at all!' } },
  ])('is not found in %j', (config) => {
    expect(found(config)).toEqual([]);
  });

  it('is looked for in Secrets without showing what else they hold', () => {
    const secret = object('v1', 'Secret', {
      data: { url: btoa('postgres://u:hunter2@db.videocall.rs/prod') },
    });
    const problems = inspectManifests([deployment(), secret], samplePlan(), rules);
    expect(problems).toHaveLength(1);
    expect(JSON.stringify(problems)).not.toContain('hunter2');
  });
});

describe('whatever a chart renders', () => {
  it('is judged without a crash', () => {
    const kinds = [
      'Deployment',
      'StatefulSet',
      'Job',
      'CronJob',
      'Ingress',
      'Service',
      'Secret',
      'ServiceAccount',
      'HorizontalPodAutoscaler',
      'PersistentVolumeClaim',
    ];
    const words = [
      'name',
      'spec',
      'template',
      'containers',
      'initContainers',
      'resources',
      'limits',
      'requests',
      'cpu',
      'rules',
      'tls',
      'hosts',
      'host',
      'annotations',
      'helm.sh/hook',
      'namespace',
      'image',
      'type',
      'replicas',
      'strategy',
      'rollingUpdate',
      'maxSurge',
      'volumes',
      'metadata',
      'jobTemplate',
      'data',
    ];
    const { node } = fc.letrec<{ node: unknown }>((tie) => ({
      node: fc.oneof(
        { maxDepth: 6 },
        fc.oneof(
          fc.string(),
          fc.integer(),
          fc.double(),
          fc.boolean(),
          fc.constantFrom(null, undefined, '25%', '100m', '1Gi', 'preview-7'),
        ),
        fc.array(tie('node'), { maxLength: 3 }),
        fc.dictionary(fc.constantFrom(...words), tie('node'), { maxKeys: 4 }),
      ),
    }));
    const rendered = fc.record({ kind: fc.constantFrom(...kinds), metadata: node, spec: node, data: node });
    fc.assert(
      fc.property(fc.array(rendered, { maxLength: 3 }), (objects) => {
        const loose = objects.map((one) => ({ apiVersion: 'apps/v1', ...one })) as ManifestObject[];
        expect(
          inspectManifests(loose, samplePlan(), { forbiddenStrings: ['x'], allowedStrings: ['xx'] }),
        ).toBeInstanceOf(Array);
        expect(checkQuota({ s: loose }, samplePlan())).toHaveProperty('surgesFit');
      }),
      { numRuns: 1_000 },
    );
  });
});
