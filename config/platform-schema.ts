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
        message: 'expected `namespace` and `name` of the certificate Secret with `mode: secret`.',
        input: value,
      });
      return z.NEVER;
    }
    if (namespace === undefined && name === undefined) return { mode };
    context.addIssue({
      code: 'custom',
      message: '`namespace` and `name` belong to `mode: secret`: add it, or remove them.',
      input: value,
    });
    return z.NEVER;
  });

const capacity = z
  .strictObject({
    places: z.int().min(1).max(1_000).optional().describe('How many previews may exist at once. Default: 3.'),
    stems: z
      .array(dnsLabel)
      .min(1)
      .max(1_000)
      .optional()
      .describe('Fixed host stems instead, for {place}: one preview each.'),
  })
  .prefault({})
  .transform((value, context): PlatformConfig['capacity'] => {
    if (value.places !== undefined && value.stems !== undefined) {
      context.addIssue({
        code: 'custom',
        message: 'expected `places` or `stems`, found both: remove one.',
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
      .strictObject({
        cidr: z.union([z.cidrv4(), z.cidrv6()], { error: 'expected an address range such as `10.0.0.0/8`' }),
        except: z.array(z.string()).optional(),
      })
      .optional(),
  })
  .refine((peer) => Object.keys(peer).length > 0, {
    error: 'expected `podSelector`, `namespaceSelector` or `ipBlock`',
  })
  .refine((peer) => peer.ipBlock === undefined || Object.keys(peer).length === 1, {
    error: '`ipBlock` stands alone: remove the selectors, or make two peers.',
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
  host: hostPort.describe('Host in image names.'),
  url: httpUrl.nullable().default(null).describe('Base URL to speak to. Default: https://<host>.'),
  pullSecret: secretReference
    .nullable()
    .default(null)
    .describe('Secret of type kubernetes.io/dockerconfigjson that pods pull with.'),
  deleteImages: z.boolean().default(false).describe("Whether a closed pull request's images are deleted."),
});

/** The operator's file as it is written; `platform-rules.ts` judges what lies between fields. */
export const platformSchema = z.strictObject({
  name: dnsLabel
    .default('pr-preview')
    .describe('Whose previews these are when several platforms share a cluster.'),
  domain: dnsName.describe('Every host is one label in front of it.'),
  publicPort: port.default(443).describe('Port in public URLs.'),
  hosts: z
    .strictObject({
      pattern: z
        .string()
        .default('pr-{number}{-suffix}.{domain}')
        .describe('Tokens: {number} {-suffix} {domain} {repository} {place}.'),
    })
    .prefault({}),
  namespace: z
    .strictObject({
      pattern: z.string().default('preview-{number}').describe('Tokens: {number} {repository}.'),
    })
    .prefault({}),
  database: database
    .nullable()
    .default(null)
    .describe('The Postgres server that gives each preview a database. Default: none.'),
  ingress: z
    .strictObject({
      className: objectName
        .nullable()
        .default(null)
        .describe('IngressClass that every Ingress of a preview must name. Default: the charts choose.'),
      annotations: z
        .record(z.string(), z.string())
        .default({})
        .describe('Annotations that every Ingress of a preview must carry.'),
    })
    .prefault({}),
  tls,
  capacity,
  lifetime: z
    .strictObject({
      default: positiveDuration.prefault('72h').describe('How long a preview lives after the last push.'),
      maximum: positiveDuration.prefault('14d').describe('The most that anybody may ask for.'),
      warnings: z
        .array(positiveDuration)
        .prefault(['24h', '2h', '30m'])
        .describe('Distances before the deadline at which people are warned.'),
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
    .default([])
    .describe(
      'Secrets that may be copied into previews of these repositories, never into those of outsiders.',
    ),
  registries: z
    .array(registry)
    .default([])
    .describe('Registries that need more than an anonymous pull over HTTPS.'),
  images: z
    .strictObject({
      wait: duration
        .prefault('30m')
        .describe('How long a missing image is waited for; 0 makes it an error at once.'),
      keep: duration
        .prefault('24h')
        .describe(
          'How long images are kept after the end, where registries[].deleteImages has them deleted.',
        ),
    })
    .prefault({}),
  repositories: z.array(repositoryName).min(1).describe('Repositories whose pull requests get previews.'),
  access: z
    .strictObject({
      trigger: z.enum(['auto', 'command', 'label']).default('auto').describe('What starts a preview.'),
      label: z
        .string()
        .min(1)
        .default('preview')
        .describe('The label that starts a preview where trigger is label.'),
      drafts: z.enum(['command', 'never']).default('command').describe('What starts one for a draft.'),
      outsiders: z
        .enum(['approve', 'never', 'members'])
        .default('approve')
        .describe("What an outsider's pull request needs."),
      bases: z
        .array(z.string().min(1))
        .default([])
        .describe('Base branches whose pull requests get previews; none named: every one.'),
      configFrom: z.enum(['base', 'head']).default('base').describe('Whose preview.yaml and charts count.'),
    })
    .prefault({}),
  forbiddenStrings: z
    .array(z.string().min(1))
    .default([])
    .describe('Production names that no rendered manifest may contain.'),
  allowedStrings: z.array(z.string().min(1)).default([]).describe('Exceptions to forbiddenStrings.'),
  probe: z
    .strictObject({
      connect: hostPort.nullable().default(null).describe('host:port to dial instead of the public name.'),
      ca: z
        .string()
        .min(1)
        .nullable()
        .default(null)
        .describe("File with the CA of the public certificate. Default: the system's."),
      timeout: positiveDuration.prefault('60s').describe('How long a public URL may take to answer.'),
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
