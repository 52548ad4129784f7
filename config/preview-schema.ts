import { z } from 'zod';
import type { PreviewConfig } from '../domain/config.ts';
import { secrets } from './preview-schema/secrets.ts';
import { services } from './preview-schema/services.ts';
import { objectName, positiveDuration, secretKey } from './scalars.ts';
import type { Same } from './same.ts';

const workflowExpected = 'the file name of a workflow such as `build.yaml`';

/**
 * The application's file as it is written; `preview-rules.ts` judges what lies between fields. What a field means
 * stands here once: the JSON Schema and the reference are made from it.
 */
export const previewSchema = z.strictObject({
  lifetime: positiveDuration
    .nullable()
    .prefault(null)
    .meta({
      description:
        "How long a preview lives after the last push. More than the platform's maximum is shortened, with a warning.",
      otherwise: "the platform's `lifetime.default`",
      samples: ['24h'],
    }),
  database: z
    .strictObject({
      secret: z
        .strictObject({
          name: objectName.default('database').describe('Name of the Secret.'),
          key: secretKey.default('url').describe('Key of the Secret that holds the connection URL.'),
        })
        .prefault({})
        .describe('The Secret that the worker writes, for charts to refer to.'),
    })
    .nullable()
    .default(null)
    .meta({
      description: 'Present, even as `{}`: each preview has a database and a role of its own.',
      otherwise: 'none',
      samples: [{ secret: { name: 'database', key: 'url' } }],
    }),
  secrets,
  services,
  images: z
    .strictObject({
      build: z
        .strictObject({
          workflow: z
            .string()
            .regex(/^[\w.-]+\.ya?ml$/, { error: `expected ${workflowExpected}` })
            .meta({
              description:
                'File name of a GitHub Actions workflow that the platform starts when images are missing, once for each commit, and again when `/preview` tries one anew that failed for want of them. It is started on the base branch, with the inputs `number` and `commit`, and needs `on: workflow_dispatch` with both. That it cannot be started ends no wait: CI may build by itself.',
              written: workflowExpected,
              see: 'configuration.md#starting-builds',
            }),
        })
        .nullable()
        .default(null)
        .meta({ description: 'How missing images come to be built.', otherwise: 'by CI itself' }),
    })
    .prefault({})
    .describe('What concerns the images of all services.'),
});

/** The schema and the domain's type say the same, or this line does not compile. */
true satisfies Same<z.output<typeof previewSchema>, PreviewConfig>;
