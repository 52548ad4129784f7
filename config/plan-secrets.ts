import type { PlatformConfig, PreviewConfig } from '../domain/config.ts';
import { toDnsText } from '../domain/dns.ts';
import type { PlanInputs, PlannedSecret, SecretCopy } from '../domain/plan.ts';
import type { Fault } from './problem.ts';

export interface PlanSecrets {
  readonly secrets: PlannedSecret[];
  readonly pullSecrets: SecretCopy[];
  readonly tlsSecret: SecretCopy | null;
  readonly faults: Fault[];
  readonly warnings: string[];
}

/** Which secrets a preview gets. Outsiders get none that are copied, but for those that images are pulled with. */
export function planSecrets(
  platform: PlatformConfig,
  preview: PreviewConfig,
  inputs: Omit<PlanInputs, 'images'>,
): PlanSecrets {
  const repository = `${inputs.pullRequest.owner}/${inputs.pullRequest.repository}`;
  const secrets: PlannedSecret[] = [];
  const faults: Fault[] = [];
  const warnings: string[] = [];
  for (const [index, secret] of preview.secrets.entries()) {
    if (secret.kind === 'generate') {
      secrets.push(secret);
      continue;
    }
    const source = platform.sourceSecrets.find(
      ({ name, repositories }) =>
        name === secret.name &&
        repositories.some((allowed) => allowed.toLowerCase() === repository.toLowerCase()),
    );
    if (!source) {
      const message = `The platform gives no secret \`${secret.name}\` to ${repository}. Ask its operator to list it under \`sourceSecrets\`, or remove it.`;
      faults.push({ path: ['secrets', index], message });
    } else if (inputs.outsider) {
      warnings.push(
        `secrets[${index}]: \`${secret.name}\` is not given to an outsider's preview; a container that requires it does not start.`,
      );
    } else
      secrets.push({
        kind: 'copy',
        name: secret.name,
        from: { namespace: source.namespace, name: source.name },
      });
  }
  const { tls } = platform;
  const tlsSecret =
    tls.mode === 'secret' && !inputs.outsider
      ? { from: { namespace: tls.namespace, name: tls.name }, name: tls.name }
      : null;
  const pullSecrets = planPullSecrets(platform);
  return {
    secrets,
    pullSecrets,
    tlsSecret,
    faults: [...faults, ...clashes({ preview, tlsSecret, pullSecrets })],
    warnings,
  };
}

function planPullSecrets({ registries }: PlatformConfig): SecretCopy[] {
  return registries.flatMap(({ host, pullSecret }) =>
    pullSecret ? [{ from: pullSecret, name: `pull-${toDnsText(host)}` }] : [],
  );
}

function clashes({
  preview,
  tlsSecret,
  pullSecrets,
}: {
  preview: PreviewConfig;
  tlsSecret: SecretCopy | null;
  pullSecrets: readonly SecretCopy[];
}): Fault[] {
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
