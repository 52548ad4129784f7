import { z } from 'zod';
import type { PlatformConfig } from '../domain/config.ts';
import { access } from './platform-schema/access.ts';
import { database } from './platform-schema/database.ts';
import { ingress, tls } from './platform-schema/ingress.ts';
import { capacity, lifetime, limitRange, quota } from './platform-schema/limits.ts';
import { network } from './platform-schema/network.ts';
import { images, registries, sourceSecrets } from './platform-schema/supplies.ts';
import { dnsLabel, dnsName, hostPort, port, positiveDuration, repositoryName } from './scalars.ts';
import type { Same } from './same.ts';

const pattern = { written: 'text with tokens', see: 'configuration.md#names' };

/**
 * The operator's file as it is written; `platform-rules.ts` judges what lies between fields. What a field means stands
 * here once: the JSON Schema and the reference are made from it.
 */
export const platformSchema = z.strictObject({
  name: dnsLabel
    .default('pr-preview')
    .describe(
      'Whose previews these are. Part of the owner mark on namespaces and databases, so that platforms of several clusters can share a database server.',
    ),
  domain: dnsName.meta({
    description:
      'Every host is one label in front of it; one wildcard DNS record and one wildcard certificate `*.<domain>` cover all previews. There is no default: nobody can guess it.',
    samples: ['sandbox.example.com'],
  }),
  publicPort: port
    .default(443)
    .describe('Port in public URLs. Another one for clusters behind a forwarded port.'),
  hosts: z
    .strictObject({
      pattern: z
        .string()
        .default('pr-{number}{-suffix}.{domain}')
        .meta({
          description:
            'How the host of a service is made, from the tokens `{number}`, `{-suffix}`, `{domain}`, `{repository}` and `{place}`.',
          ...pattern,
          samples: ['pr-{number}-{repository}{-suffix}.{domain}'],
        }),
    })
    .prefault({})
    .describe('How the hosts of previews are called.'),
  namespace: z
    .strictObject({
      pattern: z
        .string()
        .default('preview-{number}')
        .meta({
          description:
            "How the namespace of a preview is made, from the tokens `{number}` and `{repository}`. pr-preview's chart makes its admission policies from it.",
          ...pattern,
        }),
    })
    .prefault({})
    .describe('How the namespaces of previews are called.'),
  database,
  ingress,
  tls,
  capacity,
  lifetime,
  quota,
  limitRange,
  network,
  sourceSecrets,
  registries,
  images,
  repositories: z
    .array(repositoryName)
    .min(1)
    .meta({
      description:
        'Repositories whose pull requests get previews. There is no default: an open list would let any repository in. With more than one, every pattern must contain `{repository}`, else two pull requests of one number would share a namespace.',
      samples: [['example/videocall']],
    }),
  access,
  forbiddenStrings: z
    .array(z.string().min(1))
    .default([])
    .meta({
      description:
        'Production names that no rendered manifest may contain, whatever the case: charts carry production hosts as defaults.',
      samples: [['videocall.example', 'letsencrypt-prod']],
    }),
  allowedStrings: z
    .array(z.string().min(1))
    .default([])
    .meta({
      description:
        'Exceptions to `forbiddenStrings`: taken out of a text before it is searched. A domain that contains a forbidden string must be here.',
      samples: [['sandbox.videocall.example']],
    }),
  probe: z
    .strictObject({
      connect: hostPort
        .nullable()
        .default(null)
        .meta({
          description:
            '`host:port` to dial instead, where a cluster cannot reach its own public address. The public name stays in TLS and in the Host header.',
          otherwise: 'the public name is dialled',
          samples: ['ingress-nginx-controller.ingress-nginx.svc:443'],
        }),
      ca: z
        .string()
        .min(1)
        .nullable()
        .default(null)
        .meta({
          description: 'File with the CA of the public certificate.',
          otherwise: "the system's",
          samples: ['/etc/pr-preview/ca.crt'],
        }),
      timeout: positiveDuration
        .prefault('60s')
        .describe('How long a public URL may take to answer: ingress controllers need a moment.'),
    })
    .prefault({})
    .describe('How the worker asks the public addresses of a preview whether they answer.'),
});

/** As the schema gives it, before defaults that depend on other fields are filled in. */
export type PlatformDraft = z.output<typeof platformSchema>;

type Filled = Omit<PlatformDraft, 'network'> & {
  network: Record<'ingress' | 'dns' | 'database', Record<string, unknown>[]> &
    Pick<PlatformDraft['network'], 'dnsPort' | 'internal'>;
};
/** The schema and the domain's type say the same, or this line does not compile. */
true satisfies Same<Filled, PlatformConfig>;
