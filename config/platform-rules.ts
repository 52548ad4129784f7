import type { NetworkPeer, PlatformConfig } from '../domain/config.ts';
import { formatDuration } from '../domain/lifetime.ts';
import type { Fault } from './problem.ts';
import { patternFaults } from './pattern-rules.ts';
import type { PlatformDraft } from './platform-schema.ts';

/** What lies between fields: everything that each field alone cannot know. */
export function platformFaults(config: PlatformDraft): Fault[] {
  return [
    ...patternFaults(config),
    ...lifetimeFaults(config),
    ...capacityFaults(config),
    ...networkFaults(config),
    ...secretFaults(config),
    ...repeated(config.repositories, (value) => value.toLowerCase(), ['repositories']),
    ...repeated(config.registries, ({ host }) => host, ['registries']),
    ...forbiddenFaults(config),
  ];
}

/** The config with the defaults that follow from other fields. */
export function fillPlatform(config: PlatformDraft): PlatformConfig {
  const { network, lifetime } = config;
  return {
    ...config,
    lifetime: { ...lifetime, warnings: [...new Set(lifetime.warnings)].sort((one, other) => other - one) },
    network: { ...network, database: network.database ?? databasePeers(config) ?? [] },
  };
}

/** What is odd, but no mistake. */
export function platformWarnings({ lifetime }: PlatformConfig): string[] {
  return lifetime.warnings
    .filter((warning) => warning >= lifetime.maximum)
    .map(
      (warning) =>
        `lifetime.warnings: ${formatDuration(warning)} never comes: no preview lives longer than ${formatDuration(lifetime.maximum)}.`,
    );
}

function lifetimeFaults({ lifetime }: PlatformDraft): Fault[] {
  if (lifetime.default <= lifetime.maximum) return [];
  const message = `The default lifetime (${formatDuration(lifetime.default)}) is longer than the maximum (${formatDuration(lifetime.maximum)}). Shorten it, or raise \`lifetime.maximum\`.`;
  return [{ path: ['lifetime', 'default'], message }];
}

function capacityFaults({ capacity }: PlatformDraft): Fault[] {
  if (!('stems' in capacity)) return [];
  const path = ['capacity', 'stems'];
  const { stems } = capacity;
  const longer = stems.flatMap((stem, index) => {
    const shorter = stems.find((other) => stem.startsWith(`${other}-`));
    if (shorter === undefined) return [];
    const message = `\`${stem}\` is \`${shorter}\` and a suffix: a host of one place could be a host of the other. Choose another stem.`;
    return [{ path: [...path, index], message }];
  });
  return [...repeated(stems, (stem) => stem, path), ...longer];
}

function networkFaults(config: PlatformDraft): Fault[] {
  if (!config.database || config.network.database !== null || databasePeers(config)) return [];
  const message = `\`${config.database.host}\` lies outside the cluster, so nothing tells which address pods may reach. Set \`network.database\`, for example \`[{ipBlock: {cidr: 203.0.113.7/32}}]\`.`;
  return [{ path: ['database', 'host'], message }];
}

/** Who the database is for a NetworkPolicy; null where its name does not tell. */
function databasePeers({ database }: PlatformDraft): NetworkPeer[] | null {
  if (!database) return [];
  if (/^\d+\.\d+\.\d+\.\d+$/.test(database.host)) return [{ ipBlock: { cidr: `${database.host}/32` } }];
  const namespace = /^[^.]+\.([^.]+)\.svc(\.cluster\.local)?$/.exec(database.host)?.[1];
  return namespace === undefined
    ? null
    : [{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': namespace } } }];
}

function secretFaults(config: PlatformDraft): Fault[] {
  const allowed = config.repositories.map((repository) => repository.toLowerCase());
  const strangers = config.sourceSecrets.flatMap(({ repositories }, index) =>
    repositories.flatMap((repository, position): Fault[] => {
      if (allowed.includes(repository.toLowerCase())) return [];
      const message = `\`${repository}\` is not among \`repositories\`. Add it there, or remove it here.`;
      return [{ path: ['sourceSecrets', index, 'repositories', position], message }];
    }),
  );
  return [
    ...strangers,
    ...repeated(config.sourceSecrets, ({ namespace, name }) => `${namespace}/${name}`, ['sourceSecrets']),
  ];
}

function forbiddenFaults({ domain, forbiddenStrings, allowedStrings }: PlatformDraft): Fault[] {
  return forbiddenStrings.flatMap((forbidden, index): Fault[] => {
    if (!domain.includes(forbidden.toLowerCase())) return [];
    if (
      allowedStrings.some(
        (allowed) =>
          domain.includes(allowed.toLowerCase()) && allowed.toLowerCase().includes(forbidden.toLowerCase()),
      )
    )
      return [];
    const message = `Every host of a preview ends in \`${domain}\` and so contains \`${forbidden}\`. Add \`${domain}\` to \`allowedStrings\`.`;
    return [{ path: ['forbiddenStrings', index], message }];
  });
}

function repeated<T>(items: readonly T[], key: (item: T) => string, path: readonly string[]): Fault[] {
  const keys = items.map(key);
  return keys.flatMap((value, index): Fault[] =>
    keys.indexOf(value) === index
      ? []
      : [{ path: [...path, index], message: `\`${value}\` stands here twice. Remove one.` }],
  );
}
