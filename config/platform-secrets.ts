import type { PlatformConfig, PreviewConfig } from '../domain/config.ts';
import { toDnsText } from '../domain/dns.ts';
import type { PlanInputs, PlannedSecret, SecretCopy } from '../domain/plan.ts';
import { isAmong } from '../domain/served-repositories.ts';
import type { Fault } from './problem.ts';

export interface PlatformSecrets {
  readonly secrets: readonly PlannedSecret[];
  /** Those of `secrets` that are copied. */
  readonly copies: readonly SecretCopy[];
  readonly pullSecrets: readonly SecretCopy[];
  readonly tlsSecret: SecretCopy | null;
  readonly faults: readonly Fault[];
  readonly warnings: readonly string[];
}

/** Which secrets a preview gets. Outsiders get none that are copied, but for those that images are pulled with. */
export function platformSecrets({
  platform,
  preview,
  inputs,
}: {
  readonly platform: PlatformConfig;
  readonly preview: PreviewConfig;
  readonly inputs: Pick<PlanInputs, 'pullRequest' | 'outsider'>;
}): PlatformSecrets {
  const repository = `${inputs.pullRequest.owner}/${inputs.pullRequest.repository}`;
  const generated: PlannedSecret[] = [];
  const copies: CopiedSecret[] = [];
  const faults: Fault[] = [];
  const warnings: string[] = [];
  for (const [index, secret] of preview.secrets.entries()) {
    if (secret.kind === 'generate') {
      generated.push(secret);
      continue;
    }
    const from = sourceOf(secret.name, repository, platform);
    if (!from) faults.push({ path: ['secrets', index], message: notGiven(secret.name, repository) });
    else if (inputs.outsider) warnings.push(`secrets[${index}]: ${keptBack(secret.name)}`);
    else copies.push({ kind: 'copy', name: secret.name, from });
  }
  const tlsSecret = inputs.outsider ? null : tlsSecretOf(platform);
  const pullSecrets = pullSecretsOf(platform);
  faults.push(...clashes(preview, { tlsSecret, pullSecrets }));
  return { secrets: [...generated, ...copies], copies, pullSecrets, tlsSecret, faults, warnings };
}

type CopiedSecret = { readonly kind: 'copy' } & SecretCopy;

function sourceOf(
  name: string,
  repository: string,
  { sourceSecrets }: PlatformConfig,
): SecretCopy['from'] | null {
  const source = sourceSecrets.find(
    (secret) => secret.name === name && isAmong(secret.repositories, repository),
  );
  return source ? { namespace: source.namespace, name: source.name } : null;
}

function notGiven(name: string, repository: string): string {
  return `The platform gives no secret \`${name}\` to ${repository}. Ask its operator to list it under \`sourceSecrets\`, or remove it.`;
}

function keptBack(name: string): string {
  return `\`${name}\` is not given to an outsider's preview; a container that requires it does not start.`;
}

function tlsSecretOf({ tls }: PlatformConfig): SecretCopy | null {
  return tls.mode === 'secret'
    ? { from: { namespace: tls.namespace, name: tls.name }, name: tls.name }
    : null;
}

function pullSecretsOf({ registries }: PlatformConfig): SecretCopy[] {
  return registries.flatMap(({ host, pullSecret }) =>
    pullSecret ? [{ from: pullSecret, name: `pull-${toDnsText(host)}` }] : [],
  );
}

function clashes(
  preview: PreviewConfig,
  { tlsSecret, pullSecrets }: Pick<PlatformSecrets, 'tlsSecret' | 'pullSecrets'>,
): Fault[] {
  const taken = new Map([
    ...(tlsSecret ? [[tlsSecret.name, "the platform's certificate"] as const] : []),
    ...pullSecrets.map(({ name }) => [name, 'a secret that images are pulled with'] as const),
  ]);
  const own = [
    ...(preview.database
      ? [{ name: preview.database.secret.name, path: ['database', 'secret', 'name'] }]
      : []),
    ...preview.secrets.map(({ name }, index) => ({ name, path: ['secrets', index, 'name'] })),
  ];
  return own.flatMap(({ name, path }): Fault[] => {
    const holder = taken.get(name);
    return holder === undefined
      ? []
      : [{ path, message: `\`${name}\` is the name of ${holder} in every preview. Choose another name.` }];
  });
}
