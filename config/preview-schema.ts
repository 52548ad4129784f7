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
  .transform((value, context): SecretConfig => {
    const { name, generate, copy } = value;
    if (generate && !copy) return { kind: 'generate', name, keys: generate };
    if (copy && !generate) return { kind: 'copy', name };
    const found = generate ? 'both' : 'neither';
    context.addIssue({
      code: 'custom',
      message: `expected \`generate\` or \`copy: true\`, found ${found}`,
      input: value,
    });
    return z.NEVER;
  });

const image = z.strictObject({
  repository: z.string().min(1),
  tag: z.string().min(1).default('pr-{{ pr.number }}'),
  fresh: z.enum(['revision', 'reported', 'version', 'any']).nullable().default(null),
  fallback: z.string().min(1).nullable().default(null),
});

const suffixExpected =
  "a host suffix: lower-case letters, digits and hyphens, at most 40; `''` for the bare host";

const service = z.strictObject({
  release: z.string().min(1).optional(),
  chart,
  images: z
    .record(
      z
        .string()
        .regex(/^[A-Za-z][A-Za-z0-9_-]*$/, { error: 'expected a key of letters, digits, `-` and `_`' }),
      image,
    )
    .default({}),
  host: z
    .string({ error: `expected ${suffixExpected}` })
    .regex(/^([a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?)?$/, { error: `expected ${suffixExpected}` })
    .nullable()
    .default(null),
  needs: z.array(dnsLabel).default([]),
  timeout: positiveDuration.prefault('5m'),
  probe: z.strictObject({ path: urlPath }).nullable().default(null),
  version: z
    .strictObject({ path: urlPath, field: z.string().min(1) })
    .nullable()
    .default(null),
  values: z.record(z.string(), z.unknown()).default({}),
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
  lifetime: positiveDuration.nullable().default(null),
  database: z
    .strictObject({
      secret: z
        .strictObject({ name: objectName.default('database'), key: secretKey.default('url') })
        .prefault({}),
    })
    .nullable()
    .default(null),
  secrets: z.array(secret).default([]),
  services,
  images: z
    .strictObject({
      build: z
        .strictObject({
          workflow: z.string().regex(/^[\w.-]+\.ya?ml$/, {
            error: 'expected the file name of a workflow such as `build.yaml`',
          }),
        })
        .nullable()
        .default(null),
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
    return `expected one of \`path\`, \`oci\` or \`repository\`, found ${found}`;
  }
  if (path !== undefined)
    return name === undefined && version === undefined
      ? { kind: 'path', path }
      : '`name` and `version` do not go with `path`: remove them';
  if (oci !== undefined) {
    if (version === undefined) return 'expected `version` with `oci`';
    if (name !== undefined) return '`name` does not go with `oci`: its last part is the name';
    return { kind: 'oci', url: oci.startsWith('oci://') ? oci : `oci://${oci}`, version };
  }
  if (repository === undefined || name === undefined || version === undefined)
    return 'expected `name` and `version` with `repository`';
  return { kind: 'repository', url: repository, name, version };
}
