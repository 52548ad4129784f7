import type { PlatformConfig, PreviewConfig } from '../domain/config.ts';
import { placeStandIn } from '../domain/names.ts';
import { didYouMean } from '../domain/nearest.ts';
import type { PinnedImage, PlanInputs, PreviewNames } from '../domain/plan.ts';
import type { Segment } from './liquid.ts';

/** The variables of templates: a closed list. `<service>` and `<image>` stand for the names in `preview.yaml`. */
export const templateVariables = [
  'pr.number',
  'pr.author',
  'pr.branch',
  'pr.draft',
  'commit',
  'repository.owner',
  'repository.name',
  'namespace',
  'domain',
  'hosts.<service>',
  'urls.<service>',
  'images.<image>.repository',
  'images.<image>.tag',
  'images.<image>.digest',
  'images.<image>.pinnedTag',
  'images.<image>.reference',
  'database.name',
  'database.role',
  'database.host',
  'database.secret.name',
  'database.secret.key',
  'place',
  'ingress.annotations',
] as const;

/** Variables whose keys the platform chooses. */
const openVariables = ['ingress.annotations'];

/** The variables that templates of one service may use. Null for fields outside `values`: they know no images. */
export function knownVariables(
  preview: Pick<PreviewConfig, 'database' | 'services'>,
  service: string | null,
): string[] {
  const hosts = Object.entries(preview.services).flatMap(([name, { host }]) => (host === null ? [] : [name]));
  const images = service === null ? [] : Object.keys(preview.services[service]?.images ?? {});
  return templateVariables.flatMap((variable) => {
    if (variable.startsWith('database.') && !preview.database) return [];
    if (variable.includes('<service>')) return hosts.map((name) => variable.replace('<service>', name));
    return variable.includes('<image>') ? images.map((key) => variable.replace('<image>', key)) : [variable];
  });
}

/** What is wrong with a reference to a variable; null when the variable exists, or is a group of existing ones. */
export function variableFault(segments: readonly Segment[], known: readonly string[]): string | null {
  if (known.some((variable) => leadsTo(segments, variable))) return null;
  const name = segments.map((segment) => (typeof segment === 'object' ? '…' : String(segment))).join('.');
  const group = name.split('.', 1)[0] ?? '';
  const near = known.filter((variable) => variable.startsWith(`${group}.`));
  const meant = didYouMean(name, known);
  const list = (
    near.length > 0 ? near : [...new Set(known.map((variable) => variable.split('.', 1)[0] ?? ''))]
  )
    .map((variable) => `\`${variable}\``)
    .join(', ');
  return `There is no template variable \`${name}\`${meant || '.'} Known: ${list}.${hint(group)}`;
}

/** The values of all variables; null images for fields outside `values`. */
export function templateScope(from: {
  readonly platform: PlatformConfig;
  readonly preview: PreviewConfig;
  readonly inputs: Omit<PlanInputs, 'images'>;
  readonly names: PreviewNames;
  readonly images: Readonly<Record<string, PinnedImage>> | null;
}): object {
  const { platform, preview, inputs, names, images } = from;
  const { owner, repository } = inputs.pullRequest;
  const { number, author, branch, draft } = inputs.pr;
  return {
    pr: { number, author, branch, draft },
    commit: inputs.commit,
    repository: { owner, name: repository },
    namespace: names.namespace,
    domain: platform.domain,
    hosts: names.hosts,
    urls: names.urls,
    ...(images
      ? { images: Object.fromEntries(Object.entries(images).map(([key, image]) => [key, imageScope(image)])) }
      : {}),
    ...(preview.database && platform.database
      ? {
          database: {
            name: names.database,
            role: names.database,
            host: platform.database.host,
            secret: preview.database.secret,
          },
        }
      : {}),
    place: inputs.place ?? placeStandIn,
    ingress: { annotations: platform.ingress.annotations },
  };
}

function imageScope({ repository, tag, digest }: PinnedImage): object {
  const pinnedTag = `${tag}@${digest}`;
  return { repository, tag, digest, pinnedTag, reference: `${repository}:${pinnedTag}` };
}

function leadsTo(segments: readonly Segment[], variable: string): boolean {
  const steps = variable.split('.');
  if (segments.length > steps.length && !openVariables.includes(variable)) return false;
  return steps.every((step, index) => {
    const segment = segments[index];
    return segment === undefined || typeof segment === 'object' || String(segment) === step;
  });
}

function hint(group: string): string {
  if (group === 'database') return ' Does `preview.yaml` have `database`?';
  if (!['Values', 'Release', 'Chart', 'Capabilities'].includes(group)) return '';
  return " For a template of the chart's own, write `{% raw %}…{% endraw %}` around it.";
}
