import type { PinnedImage, PlannedService } from './plan.ts';

/** One container as its node reports it. */
export interface RunningImage {
  readonly pod: string;
  readonly container: string;
  /** Image as the pod asks for it: `ghcr.io/o/ui:pr-1@sha256:…`. */
  readonly image: string;
  /** What the node runs: `ghcr.io/o/ui@sha256:…`; without `@` (loaded by hand, simulated) it names no digest. */
  readonly imageId: string;
  /** Helm release that the pod belongs to; null when it belongs to none. */
  readonly release: string | null;
}

/** How running containers differ from a plan. */
export interface ImageComparison {
  /** Containers that run something else, and services of which nothing runs. One line each. */
  readonly differences: readonly string[];
  /** Planned images that no container uses, in services of which another image runs. */
  readonly unused: readonly string[];
}

/**
 * Compares what runs with what was planned, by digest. A container counts for the planned image of its repository;
 * containers of other images (charts bring their own) are nobody's.
 */
export function compareImages(
  services: readonly Pick<PlannedService, 'name' | 'release' | 'images'>[],
  running: readonly RunningImage[],
): ImageComparison {
  const differences: string[] = [];
  const unused: string[] = [];
  for (const { name, release, images } of services) {
    const containers = running.filter((container) => container.release === release);
    const missing: string[] = [];
    for (const [key, planned] of Object.entries(images)) {
      const users = containers.filter(
        ({ image }) => repositoryOf(image) === planned.repository.toLowerCase(),
      );
      // Two keys may name one repository: a container may then run either.
      const allowed = Object.values(images).filter(({ repository }) => repository === planned.repository);
      const wrong = users.filter((container) => !allowed.some((image) => runs(container, image)));
      differences.push(...wrong.map((container) => describe(name, container, planned)));
      if (users.length === 0)
        missing.push(`${name}: no container runs ${planned.repository} (images.${key})`);
    }
    const nothingRuns = missing.length > 0 && missing.length === Object.keys(images).length;
    (nothingRuns ? differences : unused).push(...missing);
  }
  return { differences: [...new Set(differences)], unused };
}

/** A node that names no digest is believed when the pod asks for a planned one: a kubelet runs no other then. */
function runs({ image, imageId }: RunningImage, planned: PinnedImage): boolean {
  const digest = digestOf(imageId) ?? digestOf(image);
  return digest !== null && (digest === planned.digest || planned.digests.includes(digest));
}

function describe(
  service: string,
  { pod, container, image, imageId }: RunningImage,
  planned: PinnedImage,
): string {
  const found = digestOf(imageId) ?? digestOf(image) ?? (imageId || 'an image without a digest');
  return `${service}: pod ${pod}, container ${container} runs ${found}, planned is ${planned.digest} (${planned.repository}:${planned.tag})`;
}

function digestOf(reference: string): string | null {
  return /@(sha256:[0-9a-f]{64})$/.exec(reference)?.[1] ?? null;
}

function repositoryOf(image: string): string {
  const [name = ''] = image.split('@');
  // A colon after the last slash begins a tag; one before it is a registry's port.
  const colon = name.indexOf(':', name.lastIndexOf('/') + 1);
  return (colon === -1 ? name : name.slice(0, colon)).toLowerCase();
}
