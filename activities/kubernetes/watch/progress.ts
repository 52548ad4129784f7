import type { ServiceProgress } from '../../../domain/outcome.ts';
import type { PlannedService } from '../../../domain/plan.ts';
import { describePod } from './pods.ts';
import type { Workload } from './workloads.ts';

type Service = Pick<PlannedService, 'name' | 'release' | 'images' | 'needs'>;

/** How far each service is, by what its workloads say. */
export function progressOf(
  services: readonly Service[],
  all: readonly Workload[],
): readonly ServiceProgress[] {
  return services.map((service) => {
    const own = all.filter(({ release }) => release === service.release);
    const hooks = all.filter((workload) => workload.hook && serviceOf(workload, services) === service);
    const running = hooks.find(({ ready, conditions }) => !ready && !conditions.has('Failed'));
    if (running) return told(service, 'installing', `${running.name} runs`);
    if (own.length === 0) return told(service, 'waiting', waitsFor(service));
    if (!isCurrent(service, own)) return told(service, 'waiting', 'still the version before');
    const late = own.filter(({ ready }) => !ready);
    if (late.length === 0) return told(service, 'ready', '');
    return told(service, 'starting', late.map(describe).join('; '));
  });
}

/** The service a workload is of: by Helm's release, a hook's by its instance label or its name. */
export function serviceOf<T extends Pick<Service, 'name' | 'release'>>(
  workload: Workload,
  services: readonly T[],
): T | null {
  const instance = workload.release ?? workload.labels['app.kubernetes.io/instance'];
  const exact = services.find(({ release }) => release === instance);
  if (exact || workload.release !== null) return exact ?? null;
  const byName = services.filter(({ release }) => workload.name.startsWith(release));
  return byName.toSorted((one, other) => other.release.length - one.release.length)[0] ?? null;
}

function told(service: Service, state: ServiceProgress['state'], detail: string): ServiceProgress {
  return { service: service.name, state, detail };
}

function waitsFor({ needs }: Service): string {
  return needs.length === 0 ? '' : `needs ${needs.join(', ')}`;
}

/** Charts write the digest into the image; a service without pinned images cannot tell. */
function isCurrent({ images }: Service, own: readonly Workload[]): boolean {
  const wanted = Object.values(images).map(({ digest }) => digest);
  const used = own.flatMap((workload) => workload.images).join(' ');
  return !used.includes('@sha256:') || wanted.every((digest) => used.includes(digest));
}

function describe(workload: Workload): string {
  const pod = workload.pods.find((pod) => describePod(pod) !== 'ready');
  const detail = pod ? `, ${describePod(pod)}` : '';
  return `${workload.name} ${workload.available}/${workload.wanted}${detail}`;
}
