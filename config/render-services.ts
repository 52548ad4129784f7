import type { PlatformConfig, PreviewConfig, ServiceConfig } from '../domain/config.ts';
import { isDnsName } from '../domain/dns.ts';
import { releaseLimit } from '../domain/names.ts';
import type { PinnedImage, PlanInputs, PlannedService, PreviewNames } from '../domain/plan.ts';
import { createTemplateEngine } from './liquid.ts';
import type { Fault } from './problem.ts';
import { usesGroup } from './template-check.ts';
import { renderData, renderText } from './values.ts';
import { templateScope } from './variables.ts';

/** Largest values of one service as JSON, in bytes: Helm keeps them in a Secret of at most 1 MiB. */
const valuesLimit = 512 * 1024;

export interface ServicesInput {
  readonly platform: PlatformConfig;
  readonly preview: PreviewConfig;
  readonly inputs: PlanInputs;
  readonly names: PreviewNames;
}

/** Every service with its templates filled in. */
export function renderServices(input: ServicesInput): { services: PlannedService[]; faults: Fault[] } {
  const { preview, inputs, names, platform } = input;
  const faults: Fault[] = [];
  const engine = createTemplateEngine();
  const services = Object.entries(preview.services).map(([name, service]): PlannedService => {
    const path = ['services', name];
    const images = pinnedImages(name, service, { inputs, faults });
    const plain = templateScope({ platform, preview, inputs, names, images: null });
    const full = templateScope({ platform, preview, inputs, names, images });
    const release = renderText(service.release, [...path, 'release'], { engine, scope: plain, faults });
    const values = renderData(service.values, [...path, 'values'], { engine, scope: full, faults }) as Record<
      string,
      unknown
    >;
    const size = Buffer.byteLength(JSON.stringify(values));
    if (size > valuesLimit)
      faults.push({
        path: [...path, 'values'],
        message: `The values have ${size} bytes as JSON; at most ${valuesLimit} fit. Make them smaller.`,
      });
    return {
      name,
      release,
      chart: service.chart,
      values,
      images,
      host: names.hosts[name] ?? null,
      url: names.urls[name] ?? null,
      needs: service.needs,
      needsDatabase: preview.database !== null && usesGroup(service.values, 'database'),
      timeoutMs: service.timeout,
      probe: service.probe,
      version: service.version,
    };
  });
  return { services, faults: [...faults, ...releaseFaults(services, faults)] };
}

function pinnedImages(
  name: string,
  { images }: ServiceConfig,
  { inputs, faults }: { readonly inputs: PlanInputs; readonly faults: Fault[] },
): Record<string, PinnedImage> {
  const pinned: Record<string, PinnedImage> = {};
  for (const key of Object.keys(images)) {
    const image = inputs.images[name]?.[key];
    if (image) pinned[key] = image;
    else
      faults.push({ path: ['services', name, 'images', key], message: 'No digest is known for this image.' });
  }
  return pinned;
}

function releaseFaults(services: readonly PlannedService[], known: readonly Fault[]): Fault[] {
  const owners = new Map<string, string>();
  return services.flatMap(({ name, release }): Fault[] => {
    const path = ['services', name, 'release'];
    if (known.some((fault) => fault.path.join('\n') === path.join('\n'))) return [];
    const other = owners.get(release);
    owners.set(release, other ?? name);
    if (other !== undefined)
      return [
        {
          path,
          message: `\`${name}\` and \`${other}\` have the same release name \`${release}\`. Give one another.`,
        },
      ];
    if (!isDnsName(release))
      return [
        {
          path,
          message: `Expected a release name of lower-case letters, digits, \`-\` and \`.\`, found \`${release}\`.`,
        },
      ];
    if (release.length <= releaseLimit) return [];
    return [
      {
        path,
        message: `The release name \`${release}\` has ${release.length} characters; Helm takes at most ${releaseLimit}. Shorten it.`,
      },
    ];
  });
}
