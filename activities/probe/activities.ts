import { readFile } from 'node:fs/promises';
import { log } from '@temporalio/activity';
import type { PlatformConfig } from '../../domain/config.ts';
import type { Problem } from '../../domain/failures.ts';
import { plainReport } from '../../domain/failures.ts';
import type { Plan, PlannedService, PlanReference } from '../../domain/plan.ts';
import type { RunningImage } from '../../domain/running-images.ts';
import { compareImages } from '../../domain/running-images.ts';
import { failure } from '../failure.ts';
import { withHeartbeat } from '../heartbeat.ts';
import type { Plans } from '../plan/plans.ts';
import type { Way } from './get.ts';
import { untilWell } from './until.ts';
import { answers, servesCommit } from './verify.ts';

export interface ProbeDependencies {
  readonly plans: Plans;
  readonly probe: PlatformConfig['probe'];
  /** Containers of the newest revision of each workload in a namespace. */
  readonly runningDigests: (
    place: { readonly namespace: string },
    signal: AbortSignal,
  ) => Promise<readonly RunningImage[]>;
}

export interface ProbeActivities {
  /**
   * Proves that a deploy is what was planned: the digests that run, an answer at each public URL, the commit at each
   * version endpoint. Each is tried again until the platform's `probe.timeout`; all that is wrong is told at once.
   *
   * @param input.services only these; default all.
   * @returns notes for people about what could not be proven.
   * @throws failure `VerifyFailed` with one problem for each thing that is wrong.
   */
  readonly verifyDeploy: (input: {
    readonly plan: PlanReference;
    readonly services?: readonly string[];
  }) => Promise<{ notes: string[] }>;
}

interface Look {
  /** `ui: https://pr-1.example.com/`, for the person who reads the failure. */
  readonly where: string;
  readonly service: string | null;
  look(signal: AbortSignal): Promise<string | null>;
}

export function createProbeActivities(dependencies: ProbeDependencies): ProbeActivities {
  const { plans, probe, runningDigests } = dependencies;
  return {
    verifyDeploy: async ({ plan: reference, services: wanted }) =>
      await withHeartbeat(async (signal) => {
        const { plan } = await plans.load(reference, signal);
        const services = plan.services.filter(({ name }) => wanted?.includes(name) ?? true);
        const way: Way = { connect: probe.connect, ca: await readCa(probe.ca) };
        const notes: string[] = [];
        const images: Look = {
          where: `namespace ${plan.names.namespace}`,
          service: null,
          look: async (signal) => {
            const running = await runningDigests({ namespace: plan.names.namespace }, signal);
            const { differences, unused } = compareImages(services, running);
            notes.splice(0, notes.length, ...unused);
            return differences.length > 0 ? differences.join('\n') : null;
          },
        };
        const looks = [images, ...services.flatMap((service) => looksAt(service, plan, way))];
        await verify(looks, probe.timeout, signal);
        notes.push(...services.flatMap((service) => unproven(service)));
        return { notes };
      }),
  };
}

function looksAt(service: PlannedService, plan: Plan, way: Way): Look[] {
  const { name, url, version } = service;
  if (url === null) return [];
  const looks: Look[] = [
    {
      where: `${name}: ${new URL(service.probe?.path ?? '/', url).href}`,
      service: name,
      look: async (signal) => await answers(service, way, signal),
    },
  ];
  if (version !== null && !isFallback(service)) {
    looks.push({
      where: `${name}: ${new URL(version.path, url).href}`,
      service: name,
      look: async (signal) =>
        await servesCommit({ url, version }, { commit: plan.inputs.commit, way }, signal),
    });
  }
  return looks;
}

async function verify(looks: readonly Look[], timeoutMs: number, signal: AbortSignal): Promise<void> {
  const started = Date.now();
  const results = await together(looks, signal, async (look, signal) => ({
    look,
    wrong: await untilWell(async () => await look.look(signal), timeoutMs, signal),
  }));
  const wrong = results.flatMap(({ look, wrong }) => (wrong === null ? [] : [{ look, wrong }]));
  const [first] = wrong;
  if (!first) return;
  const problems: Problem[] = wrong.flatMap(({ look, wrong }) =>
    wrong.split('\n').map((message) => ({ type: 'VerifyFailed', where: look.where, message })),
  );
  const seconds = Math.round((Date.now() - started) / 1000);
  const more = problems.length > 1 ? ` (and ${problems.length - 1} more)` : '';
  const summary = `${first.look.where}: after ${seconds} s ${problems[0]?.message ?? ''}${more}`;
  log.warn('Deploy is not what was planned', { problems });
  const report = { ...plainReport('VerifyFailed', summary), service: first.look.service, problems };
  throw failure('VerifyFailed', summary, { report });
}

/** An image of the base branch serves that branch's commit, so its version proves nothing. */
function isFallback({ images }: PlannedService): boolean {
  return Object.values(images).some(({ fallback }) => fallback === true);
}

function unproven(service: PlannedService): string[] {
  if (service.version === null) return [];
  if (isFallback(service)) {
    return [`${service.name} runs the base branch's image: it was not built for this commit`];
  }
  return service.url === null ? [`${service.name} has a version endpoint but no host to ask it at`] : [];
}

/** All at once; the first that throws stops the others, which are awaited. */
async function together<T, R>(
  items: readonly T[],
  signal: AbortSignal,
  work: (item: T, signal: AbortSignal) => Promise<R>,
): Promise<R[]> {
  const stop = new AbortController();
  const either = AbortSignal.any([signal, stop.signal]);
  const runs = items.map(async (item) => await work(item, either));
  try {
    return await Promise.all(runs);
  } catch (error) {
    stop.abort(error);
    await Promise.allSettled(runs);
    throw error;
  }
}

async function readCa(file: string | null): Promise<string | null> {
  if (file === null) return null;
  return await readFile(file, 'utf8').catch((cause: unknown) => {
    throw failure(
      'InvalidPlatformConfig',
      `The file ${file} of the platform config's probe.ca cannot be read`,
      { cause },
    );
  });
}
