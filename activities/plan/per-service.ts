import { ApplicationFailure } from '@temporalio/common';
import type { Problem } from '../../domain/failures.ts';
import { isFailureType, isPermanent } from '../../domain/failures.ts';

/**
 * Works on the charts of all services at once. What is wrong for good with one becomes a problem, so that the others'
 * are told in the same run.
 *
 * @throws what trying again may help, once all have been tried.
 */
export async function perService<S, T>(
  services: Readonly<Record<string, S>>,
  work: (service: S) => Promise<T>,
): Promise<{ readonly results: Readonly<Record<string, T>>; readonly problems: readonly Problem[] }> {
  const results: Record<string, T> = {};
  const problems: Problem[] = [];
  const working = Object.entries(services).map(
    async ([name, service]) => [name, await work(service)] as const,
  );
  for (const [index, outcome] of (await Promise.allSettled(working)).entries()) {
    if (outcome.status === 'fulfilled') results[outcome.value[0]] = outcome.value[1];
    else problems.push(problemOf(outcome.reason, Object.keys(services)[index] ?? ''));
  }
  return { results, problems };
}

function problemOf(error: unknown, service: string): Problem {
  const type = error instanceof ApplicationFailure ? (error.type ?? '') : '';
  if (!(error instanceof Error) || !isFailureType(type) || !isPermanent(type)) throw error;
  return { type, where: `preview.yaml: services.${service}.chart`, message: error.message };
}
