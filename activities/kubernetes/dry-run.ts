import { PatchStrategy, type KubernetesObject } from '@kubernetes/client-node';
import { ApplicationFailure } from '@temporalio/common';
import type { Problem } from '../../domain/failures.ts';
import type { KubernetesApi } from './api.ts';
import { ApiError } from './api-error.ts';
import { type Discovery, unknownKind } from './discovery.ts';
import { clusterFailure, oneLine, policyMessage } from './failure.ts';
import { pathOf, type Resource } from './resources.ts';
import { together } from './pause.ts';

/** Helm's own manager: under another name, a field that the chart dropped would be kept, and might clash. */
const helmManager = 'helm';

/** Requests under way at once. */
const width = 8;

export interface RenderedService {
  readonly service: string;
  readonly objects: readonly KubernetesObject[];
}

/**
 * Applies rendered objects as the deployer without keeping them, so that the server's validation, admission policies
 * and the deployer's rights are asked before Helm changes anything.
 *
 * @returns every problem at once; none means that Helm may go on.
 * @throws ApiError, NoAnswer when the server itself is not well.
 */
export async function dryRun(
  deployer: KubernetesApi,
  wanted: {
    readonly namespace: string;
    readonly services: readonly RenderedService[];
    readonly discovery: Discovery;
  },
  signal: AbortSignal,
): Promise<readonly Problem[]> {
  const trials = wanted.services.flatMap(({ service, objects }) =>
    objects.map((object) => ({ service, object })),
  );
  const found: (readonly Problem[])[] = trials.map(() => []);
  let next = 0;
  const lane = async (signal: AbortSignal): Promise<void> => {
    for (let index = next++; index < trials.length; index = next++) {
      const trial = trials[index];
      if (trial) found[index] = await tryOne(deployer, { ...wanted, ...trial }, signal);
    }
  };
  await together(
    signal,
    Array.from({ length: Math.min(width, trials.length) }, () => lane),
  );
  return found.flat();
}

interface Trial {
  readonly namespace: string;
  readonly service: string;
  readonly object: KubernetesObject;
  readonly discovery: Discovery;
}

async function tryOne(
  deployer: KubernetesApi,
  trial: Trial,
  signal: AbortSignal,
): Promise<readonly Problem[]> {
  const { object, service } = trial;
  const where = `service ${service}: ${object.kind}/${object.metadata?.name}`;
  const resource = await trial.discovery.find(deployer, object, signal);
  if (!resource) return [{ type: 'ChartInvalid', where, message: unknownKind(object) }];
  try {
    await send(deployer, { ...trial, resource }, signal);
    return [];
  } catch (error) {
    const problem = problemOf(error, where);
    if (!problem) throw error;
    return [problem];
  }
}

async function send(
  deployer: KubernetesApi,
  trial: Trial & { readonly resource: Resource<unknown> },
  signal: AbortSignal,
): Promise<void> {
  const { object, resource } = trial;
  const namespace = object.metadata?.namespace ?? trial.namespace;
  const name = object.metadata?.name ?? '';
  const query = { dryRun: 'All', fieldManager: helmManager, fieldValidation: 'Strict' };
  if (object.metadata?.annotations?.['helm.sh/hook'] !== undefined) {
    // Helm deletes a hook before it makes it again: the one that is there is nothing to compare with.
    const { name: _, ...metadata } = object.metadata;
    const body = { ...object, metadata: { ...metadata, namespace, generateName: `${name}-` } };
    await deployer.json({ method: 'POST', path: pathOf(resource, { namespace }), query, body }, signal);
    return;
  }
  const { namespace: _, ...rest } = object.metadata ?? {};
  const metadata = { ...rest, ...(resource.namespaced ? { namespace } : {}) };
  await deployer.json(
    {
      method: 'PATCH',
      path: pathOf(resource, { namespace, name }),
      query: { ...query, force: 'true' },
      body: { ...object, metadata },
      contentType: PatchStrategy.ServerSideApply,
    },
    signal,
  );
}

/** @returns null when it is not the object that was refused: that may pass, or is the operator's to mend. */
function problemOf(error: unknown, where: string): Problem | null {
  const failed = clusterFailure(error, 'applying it', 'ChartInvalid');
  if (!(error instanceof ApiError) || error.status === 401) return null;
  if (!(failed instanceof ApplicationFailure) || !failed.nonRetryable) return null;
  const message = oneLine(error.message);
  if (failed.type === 'AdmissionDenied')
    return { type: 'AdmissionDenied', where, message: policyMessage(error.message) };
  if (failed.type === 'ClusterDenied')
    return { type: 'AdmissionDenied', where, message: `A preview may not have this: ${message}` };
  return { type: 'ChartInvalid', where, message };
}
