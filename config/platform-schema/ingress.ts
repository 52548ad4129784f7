import { z } from 'zod';
import type { PlatformConfig } from '../../domain/config.ts';
import { dnsLabel, objectName } from '../scalars.ts';

/** The ingress controller that previews are reached through. */
export const ingress = z
  .strictObject({
    className: objectName.nullable().default(null).meta({
      description: 'IngressClass that every Ingress of a preview must name.',
      otherwise: 'the charts choose',
    }),
    annotations: z
      .record(z.string(), z.string())
      .default({})
      .meta({
        description:
          'Annotations that every Ingress of a preview must carry, for example an allow list of addresses or a noindex header. Applications place them by `<<: "{{ ingress.annotations }}"`; a check refuses an Ingress without them, and the chart’s admission policies let exactly these through.',
        samples: [{ 'nginx.ingress.kubernetes.io/whitelist-source-range': '198.51.100.0/24' }],
      }),
  })
  .prefault({})
  .describe('What the Ingresses of previews have in common.');

/** Whose certificate previews are served with. */
export const tls = z
  .strictObject({
    mode: z
      .enum(['controller', 'secret'])
      .default('controller')
      .describe(
        "With `controller` the ingress controller serves its default certificate, and nothing is copied. With `secret` a Secret is checked, copied into each preview and copied again when it changes; never into an outsider's.",
      ),
    namespace: dnsLabel.optional().meta({
      description: 'The namespace that the certificate is copied from.',
      otherwise: 'none; with `mode: secret` it must be given',
    }),
    name: objectName.optional().meta({
      description: "Name of the certificate's Secret, there and in the preview.",
      otherwise: 'none; with `mode: secret` it must be given',
    }),
  })
  .meta({ samples: [{ mode: 'secret', namespace: 'default', name: 'sandbox-wildcard-tls' }] })
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
  })
  .describe('Whose certificate the hosts of previews are served with.');
