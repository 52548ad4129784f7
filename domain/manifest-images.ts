import type { Problem } from './failures.ts';
import type { PinnedImage, Plan } from './plan.ts';
import type { ManifestObject } from './manifest-object.ts';
import { refuse } from './manifest-object.ts';
import { containersOf, podSpec } from './manifest-pods.ts';

interface ImageName {
  readonly repository: string;
  readonly digest: string | null;
}

/** Every image of the plan runs, by the digest that was checked and by nothing else. */
export function imageProblems(objects: readonly ManifestObject[], plan: Plan): Problem[] {
  const planned = plan.services.flatMap(({ name, images }) =>
    Object.entries(images).map(([key, image]) => ({ service: name, key, image })),
  );
  const rendered = objects.flatMap((object) =>
    imagesOf(object).map((text) => ({ object, text, image: parseImage(text) })),
  );
  const unpinned = rendered.flatMap(({ object, text, image }): Problem[] => {
    const wanted = planned.filter((entry) => sameRepository(entry.image, image));
    if (wanted.length === 0 || wanted.some((entry) => entry.image.digest === image.digest)) return [];
    const digests = wanted.map((entry) => `\`${entry.image.digest}\``).join(' or ');
    return [
      refuse(
        object,
        `It runs \`${text}\`, which is not the image that was checked (${digests}). Set it in the values by \`{{ images.<image>.pinnedTag }}\` or \`{{ images.<image>.reference }}\`.`,
      ),
    ];
  });
  const unused = planned.flatMap(({ service, key, image }): Problem[] => {
    if (rendered.some((entry) => sameRepository(image, entry.image))) return [];
    const message = `The image \`${image.repository}\` is in nothing that the charts render: the preview would run another. Put \`{{ images.${key}.repository }}\` and \`{{ images.${key}.pinnedTag }}\` into the values that the chart reads.`;
    return [{ type: 'PlanRefused', where: `preview.yaml: services.${service}.images.${key}`, message }];
  });
  return [...unpinned, ...unused];
}

function imagesOf(object: ManifestObject): string[] {
  const pod = podSpec(object);
  if (!pod) return [];
  const { app, init } = containersOf(pod);
  return [
    ...new Set([...init, ...app].map(({ image }) => image).filter((image) => typeof image === 'string')),
  ];
}

/** `ghcr.io/o/n:pr-1@sha256:…`; names of Docker Hub are written in full. */
function parseImage(text: string): ImageName {
  const [name = '', digest = null] = text.split('@', 2);
  const repository = name.replace(/:[^:/]*$/, '').toLowerCase();
  return { repository: inFull(repository), digest };
}

function sameRepository(image: PinnedImage, name: ImageName): boolean {
  return inFull(image.repository.toLowerCase()) === name.repository;
}

function inFull(repository: string): string {
  const first = repository.split('/', 1)[0] ?? '';
  const hasHost = repository.includes('/') && (/[.:]/.test(first) || first === 'localhost');
  const named = hasHost ? repository : `docker.io/${repository}`;
  return named
    .replace(/^(index|registry-1)\.docker\.io\//, 'docker.io/')
    .replace(/^docker\.io\/([^/]+)$/, 'docker.io/library/$1');
}
