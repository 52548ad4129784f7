import { z } from 'zod';
import {
  dnsLabel,
  duration,
  hostPort,
  httpUrl,
  objectName,
  repositoryName,
  secretReference,
} from '../scalars.ts';

/** Secrets of the platform that previews may have. */
export const sourceSecrets = z
  .array(
    z.strictObject({
      namespace: dnsLabel.describe(
        "Namespace that the Secret is copied from. It must not look like a preview's.",
      ),
      name: objectName.describe('Name of the Secret, there and in the preview.'),
      repositories: z.array(repositoryName).min(1).describe('Which of `repositories` may have it.'),
    }),
  )
  .default([])
  .meta({
    description:
      "Secrets that previews of these repositories may have copies of. An outsider's preview gets none of them. The chart of pr-preview must name them too: it gives the worker the right to read them.",
    samples: [
      [{ namespace: 'preview-infra', name: 'google-oauth-credentials', repositories: ['example/videocall'] }],
    ],
  });

const registry = z.strictObject({
  host: hostPort.describe('Host in image names.'),
  url: httpUrl.nullable().default(null).meta({
    description: 'Base URL to speak to instead: a mirror, or a registry without TLS.',
    otherwise: '`https://` and the host',
  }),
  pullSecret: secretReference
    .nullable()
    .default(null)
    .meta({
      description:
        "Secret of type `kubernetes.io/dockerconfigjson` that pods pull with. It is copied into each preview as `pull-<host>`, an outsider's too: without it their images could not be pulled.",
      otherwise: 'pods pull without a login',
      samples: [{ namespace: 'preview-infra', name: 'ghcr-pull' }],
    }),
  deleteImages: z.boolean().default(false).meta({
    description:
      "Whether a pull request's images are deleted after it is closed: those that its preview ran, by their digests, and whose tag or repository names the pull request's number by a template. An image that another tag names too stays.",
    see: 'operations.md#deleting-images',
  }),
});

/** Registries that are not public ones over HTTPS. */
export const registries = z
  .array(registry)
  .default([])
  .meta({
    description: 'Registries that need more than an anonymous pull over HTTPS.',
    samples: [
      [
        {
          host: 'ghcr.io',
          deleteImages: true,
          pullSecret: { namespace: 'preview-infra', name: 'ghcr-pull' },
        },
        { host: 'docker.io', url: 'https://mirror.example.com' },
      ],
    ],
  });

/** How long images are waited for, and kept. */
export const images = z
  .strictObject({
    wait: duration
      .prefault('30m')
      .describe('How long a missing image is waited for; `0` makes it an error at once.'),
    keep: duration
      .prefault('24h')
      .describe(
        'How long after the end of a closed pull request its images are kept, where `registries[].deleteImages` has them deleted. A pull request that is reopened meanwhile finds them there.',
      ),
  })
  .prefault({})
  .describe('How long images are waited for before a deploy, and kept after the end.');
