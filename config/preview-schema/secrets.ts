import { z } from 'zod';
import type { SecretConfig } from '../../domain/config.ts';
import { objectName, secretKey } from '../scalars.ts';

const generated = z.record(
  secretKey.meta({ samples: ['secret'] }),
  z
    .strictObject({
      bytes: z
        .int()
        .min(16)
        .max(1_024)
        .default(32)
        .describe('How many random bytes the value has, before it is written as base64url.'),
    })
    .prefault({}),
);

const secret = z
  .strictObject({
    name: objectName.describe('Name of the Secret in the preview.'),
    generate: generated
      .refine((keys) => Object.keys(keys).length > 0, { error: 'expected at least one key' })
      .optional()
      .meta({
        description: 'Random values by key of the Secret, made once and kept across updates.',
      }),
    copy: z.literal(true, { error: 'expected `true`' }).optional().meta({
      description:
        'Copies the Secret of this name that the platform gives to this repository, by its `sourceSecrets`.',
    }),
  })
  .meta({ oneOf: [{ required: ['generate'] }, { required: ['copy'] }] })
  .transform((value, context): SecretConfig => {
    const { name, generate, copy } = value;
    if (generate && !copy) return { kind: 'generate', name, keys: generate };
    if (copy && !generate) return { kind: 'copy', name };
    const found = generate ? 'both' : 'neither';
    context.addIssue({
      code: 'custom',
      message: `expected \`generate\` or \`copy: true\`, found ${found}.`,
      input: value,
    });
    return z.NEVER;
  });

/** Secrets that a preview has besides its database's. */
export const secrets = z
  .array(secret)
  .prefault([])
  .meta({
    description:
      'Secrets of the preview that charts refer to by name: each is either generated for it or copied from the platform.',
    samples: [
      [
        { name: 'jwt-secret', generate: { secret: {} } },
        { name: 'google-oauth-credentials', copy: true },
      ],
    ],
  });
