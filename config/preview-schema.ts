import { z } from 'zod';
import type { ChartSource, PreviewConfig, SecretConfig } from '../domain/config.ts';
import {
  dnsLabel,
  folderPath,
  httpUrl,
  objectName,
  positiveDuration,
  secretKey,
  urlPath,
} from './scalars.ts';
import type { Same } from './same.ts';

const version = z.string({ error: 'expected a version as text' }).min(1);

const chart = z
  .strictObject({
    path: folderPath.optional(),
    oci: z
      .string()
      .regex(/^(oci:\/\/)?[a-z0-9.-]+(:\d{1,5})?(\/[a-z0-9._-]+)+$/, {
        error: 'expected an address such as `oci://ghcr.io/owner/charts/name`, without a tag',
      })
      .optional(),
    repository: httpUrl.optional(),
    name: z
      .string()
      .regex(/^[a-zA-Z0-9][a-zA-Z0-9._-]*$/, { error: "expected a chart's name" })
      .optional(),
    version: version.optional(),
  })
  .meta({
    description:
      'Where the chart is: a path in the repository, an OCI registry, or a chart repository over HTTP.',
    oneOf: [
      { required: ['path'] },
      { required: ['oci', 'version'] },
      { required: ['repository', 'name', 'version'] },
    ],
  })
  .transform((value, context): ChartSource => {
    const source = chartSource(value);
    if (typeof source !== 'string') return source;
    context.addIssue({ code: 'custom', message: source, input: value });
    return z.NEVER;
  });

const generated = z.record(
  secretKey,
  z.strictObject({ bytes: z.int().min(16).max(1_024).default(32) }).prefault({}),
);

const secret = z
  .strictObject({
    name: objectName,
    generate: generated
      .refine((keys) => Object.keys(keys).length > 0, { error: 'expected at least one key' })
      .optional(),
    copy: z.literal(true, { error: 'expected `true`' }).optional(),
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

const image = z.strictObject({
  repository: z.string().min(1).describe('Repository with its registry, without a tag; a template.'),
  tag: z
    .string()
    .min(1)
    .default('pr-{{ pr.number }}')
    .describe('Tag; a template. Default: pr-{{ pr.number }}.'),
  fresh: z
    .enum(['revision', 'reported', 'version', 'any'])
    .nullable()
    .default(null)
    .describe('What proves that the image is of the commit. Default: reported, else revision.'),
  fallback: z
    .string()
    .min(1)
    .nullable()
    .default(null)
    .describe('Tag to use when the image was not built for the commit; a template. Default: none.'),
});

const suffixExpected =
  "a host suffix: lower-case letters, digits and hyphens, at most 40; `''` for the bare host";

const service = z.strictObject({
  release: z
    .string()
    .min(1)
    .optional()
    .describe("Helm release name, a template, at most 53 characters. Default: the service's name."),
  chart,
  images: z
    .record(
      z
        .string()
        .regex(/^[A-Za-z][A-Za-z0-9_-]*$/, { error: 'expected a key of letters, digits, `-` and `_`' }),
      image,
    )
    .default({})
    .describe('Images that are resolved to digests before anything is created, by a name for templates.'),
  host: z
    .string({ error: `expected ${suffixExpected}` })
    .regex(/^([a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?)?$/, { error: `expected ${suffixExpected}` })
    .nullable()
    .default(null)
    .describe("Suffix of the service's host; '' is the bare host. Default: no host."),
  needs: z.array(dnsLabel).default([]).describe('Services that must be ready before this one is started.'),
  timeout: positiveDuration
    .prefault('5m')
    .describe('How long the service may take to become ready. Default: 5m.'),
  probe: z
    .strictObject({ path: urlPath })
    .nullable()
    .default(null)
    .describe('Path that must answer at the public URL. Default: /.'),
  version: z
    .strictObject({
      path: urlPath,
      field: z.string().min(1).describe('Field of the JSON answer that holds the commit.'),
    })
    .nullable()
    .default(null)
    .describe('Endpoint that tells the served commit. Default: none.'),
  values: z
    .record(z.string(), z.unknown())
    .default({})
    .describe("Helm values over the chart's own; strings are templates."),
});

const services = z
  .record(dnsLabel, service)
  .refine((all) => Object.keys(all).length > 0, { error: 'expected at least one service' })
  .transform((all) =>
    Object.fromEntries(
      Object.entries(all).map(([name, value]) => [name, { ...value, release: value.release ?? name }]),
    ),
  );

/** The application's file as it is written; `preview-rules.ts` judges what lies between fields. */
export const previewSchema = z.strictObject({
  lifetime: positiveDuration
    .nullable()
    .default(null)
    .describe(
      "How long a preview lives after the last push. Default: the platform's; never more than its maximum.",
    ),
  database: z
    .strictObject({
      secret: z
        .strictObject({ name: objectName.default('database'), key: secretKey.default('url') })
        .prefault({}),
    })
    .nullable()
    .default(null)
    .describe(
      'A database and role of its own for each preview, and the Secret that holds their URL. Default: none.',
    ),
  secrets: z
    .array(secret)
    .default([])
    .describe('Secrets that are generated for each preview or copied from the platform.'),
  services: services.describe('Helm releases of a preview, by name.'),
  images: z
    .strictObject({
      build: z
        .strictObject({
          workflow: z.string().regex(/^[\w.-]+\.ya?ml$/, {
            error: 'expected the file name of a workflow such as `build.yaml`',
          }),
        })
        .nullable()
        .default(null)
        .describe('Workflow that the platform starts when images are missing. Default: none.'),
    })
    .prefault({}),
});

/** The schema and the domain's type say the same, or this line does not compile. */
true satisfies Same<z.output<typeof previewSchema>, PreviewConfig>;

interface ChartDraft {
  readonly path?: string | undefined;
  readonly oci?: string | undefined;
  readonly repository?: string | undefined;
  readonly name?: string | undefined;
  readonly version?: string | undefined;
}

/** The chart's source, or what is wrong with how it is written. */
function chartSource({ path, oci, repository, name, version }: ChartDraft): ChartSource | string {
  const kinds = Object.entries({ path, oci, repository }).filter(([, value]) => value !== undefined);
  if (kinds.length !== 1) {
    const found = kinds.length === 0 ? 'none' : kinds.map(([kind]) => `\`${kind}\``).join(' and ');
    return `expected one of \`path\`, \`oci\` or \`repository\`, found ${found}.`;
  }
  if (path !== undefined)
    return name === undefined && version === undefined
      ? { kind: 'path', path }
      : '`name` and `version` do not go with `path`: remove them.';
  if (oci !== undefined) {
    if (version === undefined) return 'expected `version` with `oci`.';
    if (name !== undefined) return '`name` does not go with `oci`: its last part is the name.';
    return { kind: 'oci', url: oci.startsWith('oci://') ? oci : `oci://${oci}`, version };
  }
  if (repository === undefined || name === undefined || version === undefined)
    return 'expected `name` and `version` with `repository`.';
  return { kind: 'repository', url: repository, name, version };
}
