import { z } from 'zod';
import type { ChartSource } from '../../domain/config.ts';
import { folderPath, httpUrl } from '../scalars.ts';

const ociExpected = 'an address such as `oci://ghcr.io/owner/charts/name`, without a tag';
const nameExpected = "a chart's name";

/** Where a service's chart is: one of three ways. */
export const chart = z
  .strictObject({
    path: folderPath.optional().meta({ description: "Folder of the chart in the application's repository." }),
    oci: z
      .string()
      .regex(/^(oci:\/\/)?[a-z0-9.-]+(:\d{1,5})?(\/[a-z0-9._-]+)+$/, { error: `expected ${ociExpected}` })
      .optional()
      .meta({
        description: 'Address of the chart in an OCI registry, with `version`.',
        written: ociExpected,
      }),
    repository: httpUrl
      .optional()
      .meta({ description: 'URL of a chart repository, with `name` and `version`.' }),
    name: z
      .string()
      .regex(/^[a-zA-Z0-9][a-zA-Z0-9._-]*$/, { error: `expected ${nameExpected}` })
      .optional()
      .meta({ description: 'Name of the chart in the chart repository.', written: nameExpected }),
    version: z.string({ error: 'expected a version as text' }).min(1).optional().meta({
      description: 'Exact version of the chart. There is no default: a preview must not change by itself.',
    }),
  })
  .meta({
    description:
      "Where the service's chart is: a folder of the repository, an OCI registry, or a chart repository over HTTP.",
    oneOf: [
      { required: ['path'] },
      { required: ['oci', 'version'] },
      { required: ['repository', 'name', 'version'] },
    ],
    samples: [
      { path: 'helm/websocket' },
      { oci: 'oci://ghcr.io/owner/charts/websocket', version: '1.2.3' },
      { repository: 'https://nats-io.github.io/k8s/helm/charts', name: 'nats', version: '2.14.2' },
    ],
  })
  .transform((value, context): ChartSource => {
    const source = chartSource(value);
    if (typeof source !== 'string') return source;
    context.addIssue({ code: 'custom', message: source, input: value });
    return z.NEVER;
  });

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
