import { z } from 'zod';
import { dnsLabel, positiveDuration, urlPath } from '../scalars.ts';
import { chart } from './chart.ts';

const image = z.strictObject({
  repository: z
    .string()
    .min(1)
    .meta({
      description: 'Repository of the image with its registry, without a tag; a template.',
      samples: ['ghcr.io/example/websocket'],
    }),
  tag: z.string().min(1).default('pr-{{ pr.number }}').describe('Tag of the image; a template.'),
  fresh: z.enum(['revision', 'reported', 'version', 'any']).nullable().default(null).meta({
    description:
      "What proves that the image is of the commit: its label `org.opencontainers.image.revision` (`revision`), CI's word (`reported`), the running version endpoint (`version`, needs `version` of the service), or nothing (`any`, for images that are not built from the repository).",
    otherwise: '`reported`, else `revision`',
  }),
  fallback: z
    .string()
    .min(1)
    .nullable()
    .default(null)
    .meta({
      description:
        'Tag to use when CI did not build the image for this commit; a template. Never used when the tag holds another commit.',
      otherwise: 'none: the image is waited for',
      samples: ['latest'],
    }),
});

const keyExpected = 'a key of letters, digits, `-` and `_`';
const imageKey = z
  .string()
  .regex(/^[A-Za-z][A-Za-z0-9_-]*$/, { error: `expected ${keyExpected}` })
  .meta({ written: keyExpected, samples: ['main'] });

const suffixExpected =
  "a host suffix: lower-case letters, digits and hyphens, at most 40; `''` for the bare host";

const service = z.strictObject({
  release: z
    .string()
    .min(1)
    .optional()
    .meta({
      description: 'Name of the Helm release, each its own; a template. It may have 53 characters.',
      otherwise: "the service's name",
      samples: ['preview-{{ pr.number }}-ws'],
    }),
  chart,
  images: z
    .record(imageKey, image)
    .default({})
    .meta({
      description:
        'Images of the service, by a key for templates. Each is resolved to a digest before anything is created, and runs by that digest.',
      samples: [{ main: { repository: 'ghcr.io/example/websocket', fallback: 'latest' } }],
    }),
  host: z
    .string({ error: `expected ${suffixExpected}` })
    .regex(/^([a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?)?$/, { error: `expected ${suffixExpected}` })
    .meta({ written: suffixExpected })
    .nullable()
    .default(null)
    .meta({
      description:
        "Suffix of the service's host: `ws` gives `pr-1-ws.<domain>`, `''` the bare `pr-1.<domain>`. Each suffix once.",
      otherwise: 'no host',
      samples: ['ws', ''],
    }),
  needs: z.array(dnsLabel).default([]).meta({
    description:
      'Services that must be ready before this one is started. A service whose values use `database.*` waits for the database by itself.',
  }),
  timeout: positiveDuration
    .prefault('5m')
    .describe('How long the service may take to become ready, from the beginning of its Helm operation.'),
  probe: z
    .strictObject({ path: urlPath.describe('Path of the URL.') })
    .nullable()
    .default(null)
    .meta({
      description:
        "What must answer at the service's public URL before the deploy is done, where it has a host.",
      otherwise: 'the path `/`',
      samples: [{ path: '/healthz' }],
    }),
  version: z
    .strictObject({
      path: urlPath.describe('Path of the endpoint.'),
      field: z.string().min(1).describe('Field of its JSON answer that holds the commit.'),
    })
    .nullable()
    .default(null)
    .meta({
      description:
        'Endpoint that tells the served commit; the deploy is not done before it says the right one.',
      otherwise: 'none',
      samples: [{ path: '/version', field: 'git_sha' }],
    }),
  values: z
    .record(z.string(), z.unknown())
    .default({})
    .meta({
      description:
        "Helm values over the chart's own: maps merge, lists replace, null removes. Every string, keys too, is a template. A key that the chart's values.yaml does not have is a warning with the nearest name (not below an empty map or list, or null, and not in annotations, labels, selectors or `global`).",
      see: 'configuration.md#templates',
      samples: [
        { image: { repository: '{{ images.main.repository }}', tag: '{{ images.main.pinnedTag }}' } },
      ],
    }),
});

/** The Helm releases of a preview. */
export const services = z
  .record(dnsLabel.meta({ samples: ['websocket'] }), service)
  .refine((all) => Object.keys(all).length > 0, { error: 'expected at least one service' })
  .transform((all) =>
    Object.fromEntries(
      Object.entries(all).map(([name, value]) => [name, { ...value, release: value.release ?? name }]),
    ),
  )
  .describe('Helm releases of a preview, by name; at least one.');
