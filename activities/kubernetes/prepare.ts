import type { KubernetesObject } from '@kubernetes/client-node';
import { failure, problemsFailure } from '../failure.ts';
import type { LoadedPlan } from '../plan/plans.ts';
import type { Plan } from '../../domain/plan.ts';
import { applyBindings, deployerOf, withFreshRights } from './bindings.ts';
import type { KubernetesClients, ServiceAccountName } from './clients.ts';
import { copiesOf, readSource, writeCopy } from './copied-secrets.ts';
import type { Discovery } from './discovery.ts';
import { dryRun, type RenderedService } from './dry-run.ts';
import { clusterFailure } from './failure.ts';
import { ensureGeneratedSecret } from './generated-secrets.ts';
import { ensureNamespace } from './namespace.ts';
import { together } from './pause.ts';
import { applyPolicies } from './policies.ts';
import { applyDefaultAccount } from './service-account.ts';

/** Objects of a service as Helm would apply them: hooks with it, tests without. */
export type Render = (
  loaded: LoadedPlan,
  service: string,
  signal: AbortSignal,
) => Promise<readonly KubernetesObject[]>;

export interface Preparation {
  readonly clients: KubernetesClients;
  readonly discovery: Discovery;
  readonly render: Render;
  readonly worker: ServiceAccountName;
}

/**
 * Makes a namespace ready for Helm and lets the server try the rendered objects. Renders and reads sources
 * while the namespace is made, as all of it stands before a person's preview.
 *
 * @returns the namespace's uid.
 * @throws failure with every problem the trial found.
 */
export async function prepareNamespace(
  deps: Preparation,
  { lease, ...loaded }: LoadedPlan & { readonly lease: string | null },
  signal: AbortSignal,
): Promise<{ uid: string }> {
  const { plan } = loaded;
  try {
    const [{ uid, fresh }, services] = await together(signal, [
      (signal) => furnish(deps, { plan, lease }, signal),
      (signal) => renderAll(deps.render, loaded, signal),
    ]);
    const { namespace } = plan.names;
    // What a hostile chart asks for is denied for good: patience only where the binding is new.
    const deployer = withFreshRights(deps.clients.as(deployerOf(namespace)), fresh ? 1_000 : 0);
    const problems = await dryRun(deployer, { namespace, services, discovery: deps.discovery }, signal);
    if (problems.length > 0) throw problemsFailure(problems);
    return { uid };
  } catch (error) {
    throw clusterFailure(error, `preparing namespace ${plan.names.namespace}`);
  }
}

async function furnish(
  deps: Preparation,
  { plan, lease }: { readonly plan: Plan; readonly lease: string | null },
  signal: AbortSignal,
): Promise<{ uid: string; fresh: boolean }> {
  const { owner, names } = plan;
  const { namespace } = names;
  const api = deps.clients.worker;
  const [made, sourced] = await together(signal, [
    async (signal) => {
      const hosts = Object.values(names.hosts);
      const releases = Object.fromEntries(plan.services.map(({ name, release }) => [name, release]));
      const wanted = { namespace, owner, hosts, lease, place: plan.inputs.place, releases };
      const { uid } = await ensureNamespace(api, wanted, signal);
      return { uid, ...(await applyBindings(api, { namespace, owner, worker: deps.worker }, signal)) };
    },
    (signal) => readSources(api, plan, signal),
  ]);
  const inside = withFreshRights(api);
  await together(signal, [
    (signal) => applyPolicies(inside, plan, signal),
    (signal) => {
      const pullSecrets = plan.pullSecrets.map((copy) => copy.name);
      return applyDefaultAccount(inside, { namespace, pullSecrets }, signal);
    },
    ...sourced.map(
      (copy) => (signal: AbortSignal) => writeCopy(inside, { ...copy, namespace, owner }, signal),
    ),
    ...plan.secrets
      .filter((secret) => secret.kind === 'generate')
      .map(
        (secret) => (signal: AbortSignal) =>
          ensureGeneratedSecret(inside, { namespace, owner, secret }, signal),
      ),
  ]);
  return made;
}

async function readSources(
  api: KubernetesClients['worker'],
  plan: Plan,
  signal: AbortSignal,
): Promise<Awaited<ReturnType<typeof readSource>>[]> {
  const copies = copiesOf(plan);
  // The check refuses such a plan; a certificate is worth asking twice.
  if (plan.inputs.outsider && copies.length > plan.pullSecrets.length)
    throw failure('PlanRefused', 'Neither certificates nor secrets are copied into an outsider’s preview.');
  return await together(
    signal,
    copies.map((copy) => (signal: AbortSignal) => {
      const missing =
        copy === plan.tlsSecret ? ('TlsSecretMissing' as const) : ('SourceSecretMissing' as const);
      return readSource(api, { copy, missing }, signal);
    }),
  );
}

async function renderAll(
  render: Render,
  loaded: LoadedPlan,
  signal: AbortSignal,
): Promise<readonly RenderedService[]> {
  return await together(
    signal,
    loaded.plan.services.map(({ name }) => async (signal: AbortSignal) => ({
      service: name,
      objects: await render(loaded, name, signal),
    })),
  );
}
