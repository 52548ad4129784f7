import { z } from 'zod';
import type { PlatformConfig } from '../domain/config.ts';
import {
  cpu,
  dnsLabel,
  dnsName,
  duration,
  hostPort,
  httpUrl,
  memory,
  objectName,
  port,
  positiveDuration,
  repositoryName,
  secretReference,
} from './scalars.ts';
import type { Same } from './same.ts';

const tls = z
  .strictObject({
    mode: z.enum(['controller', 'secret']).default('controller'),
    namespace: dnsLabel.optional(),
    name: objectName.optional(),
  })
  .prefault({})
  .transform((value, context): PlatformConfig['tls'] => {
    const { mode, namespace, name } = value;
    if (mode === 'secret') {
      if (namespace !== undefined && name !== undefined) return { mode, namespace, name };
      context.addIssue({
        code: 'custom',
        message: 'expected `namespace` and `name` of the certificate Secret with `mode: secret`',
        input: value,
      });
      return z.NEVER;
    }
    if (namespace === undefined && name === undefined) return { mode };
    context.addIssue({
      code: 'custom',
      message: '`namespace` and `name` belong to `mode: secret`: add it, or remove them',
      input: value,
    });
    return z.NEVER;
  });

const capacity = z
  .strictObject({
    places: z.int().min(1).max(1_000).optional(),
    stems: z.array(dnsLabel).min(1).max(1_000).optional(),
  })
  .prefault({})
  .transform((value, context): PlatformConfig['capacity'] => {
    if (value.places !== undefined && value.stems !== undefined) {
      context.addIssue({
        code: 'custom',
        message: 'expected `places` or `stems`, found both: remove one',
        input: value,
      });
      return z.NEVER;
    }
    return value.stems === undefined ? { places: value.places ?? 3 } : { stems: value.stems };
  });

const database = z.strictObject({
  pattern: z.string().default('preview_{number}'),
  host: dnsName,
  port: port.default(5432),
  parameters: z.record(z.string(), z.string()).default({}),
  connectionLimit: z.int().min(1).max(10_000).default(10),
  template: z.string().min(1).max(63).nullable().default(null),
});

const labelSelector = z.looseObject({});

const networkPeer = z
  .strictObject({
    podSelector: labelSelector.optional(),
    namespaceSelector: labelSelector.optional(),
    ipBlock: z
      .strictObject({ cidr: z.union([z.cidrv4(), z.cidrv6()]), except: z.array(z.string()).optional() })
      .optional(),
  })
  .refine((peer) => Object.keys(peer).length > 0, {
    error: 'expected `podSelector`, `namespaceSelector` or `ipBlock`',
  })
  .refine((peer) => peer.ipBlock === undefined || Object.keys(peer).length === 1, {
    error: '`ipBlock` stands alone: remove the selectors, or make two peers',
  });

const peers = z.array(networkPeer);

const namespaces = (...names: string[]) => ({
  namespaceSelector: {
    matchExpressions: [{ key: 'kubernetes.io/metadata.name', operator: 'In', values: names }],
  },
});

const network = z
  .strictObject({
    ingress: peers.default([namespaces('ingress-nginx', 'traefik')]),
    dns: peers.default([
      { ...namespaces('kube-system'), podSelector: { matchLabels: { 'k8s-app': 'kube-dns' } } },
    ]),
    database: peers.nullable().default(null),
  })
  .prefault({});

const registry = z.strictObject({
  host: hostPort,
  url: httpUrl.nullable().default(null),
  pullSecret: secretReference.nullable().default(null),
  deleteImages: z.boolean().default(false),
});

/** The operator's file as it is written; `platform-rules.ts` judges what lies between fields. */
export const platformSchema = z.strictObject({
  name: dnsLabel.default('pr-preview'),
  domain: dnsName,
  publicPort: port.default(443),
  hosts: z.strictObject({ pattern: z.string().default('pr-{number}{-suffix}.{domain}') }).prefault({}),
  namespace: z.strictObject({ pattern: z.string().default('preview-{number}') }).prefault({}),
  database: database.nullable().default(null),
  ingress: z
    .strictObject({
      className: objectName.nullable().default(null),
      annotations: z.record(z.string(), z.string()).default({}),
    })
    .prefault({}),
  tls,
  capacity,
  lifetime: z
    .strictObject({
      default: positiveDuration.prefault('72h'),
      maximum: positiveDuration.prefault('14d'),
      warnings: z.array(positiveDuration).prefault(['24h', '2h', '30m']),
    })
    .prefault({}),
  quota: z
    .strictObject({
      requestsCpu: cpu.prefault('500m'),
      requestsMemory: memory.prefault('1Gi'),
      limitsCpu: cpu.prefault('1000m'),
      limitsMemory: memory.prefault('2Gi'),
      pods: z.int().min(1).max(10_000).default(10),
    })
    .prefault({}),
  limitRange: z
    .strictObject({
      requestCpu: cpu.prefault('20m'),
      requestMemory: memory.prefault('32Mi'),
      limitCpu: cpu.prefault('100m'),
      limitMemory: memory.prefault('128Mi'),
    })
    .prefault({}),
  network,
  sourceSecrets: z
    .array(
      z.strictObject({ namespace: dnsLabel, name: objectName, repositories: z.array(repositoryName).min(1) }),
    )
    .default([]),
  registries: z.array(registry).default([]),
  images: z.strictObject({ wait: duration.prefault('30m') }).prefault({}),
  repositories: z.array(repositoryName).min(1),
  access: z
    .strictObject({
      trigger: z.enum(['auto', 'command', 'label']).default('auto'),
      drafts: z.enum(['command', 'never']).default('command'),
      outsiders: z.enum(['approve', 'never', 'members']).default('approve'),
      configFrom: z.enum(['base', 'head']).default('base'),
    })
    .prefault({}),
  forbiddenStrings: z.array(z.string().min(1)).default([]),
  allowedStrings: z.array(z.string().min(1)).default([]),
  probe: z
    .strictObject({
      connect: hostPort.nullable().default(null),
      ca: z.string().min(1).nullable().default(null),
      timeout: positiveDuration.prefault('60s'),
    })
    .prefault({}),
});

/** As the schema gives it, before defaults that depend on other fields are filled in. */
export type PlatformDraft = z.output<typeof platformSchema>;

type Filled = Omit<PlatformDraft, 'network'> & {
  network: Record<'ingress' | 'dns' | 'database', Record<string, unknown>[]>;
};
/** The schema and the domain's type say the same, or this line does not compile. */
true satisfies Same<Filled, PlatformConfig>;
