import { isDnsLabel } from '../domain/dns.ts';
import type { PatternPart, PatternToken } from '../domain/name-pattern.ts';
import { fillPattern, parsePattern, patternExpression } from '../domain/name-pattern.ts';
import type { Fault, Path } from './problem.ts';
import type { PlatformDraft } from './platform-schema.ts';

interface PatternRule {
  readonly path: Path;
  readonly pattern: string;
  readonly tokens: readonly PatternToken[];
}

/** Faults of the patterns that preview names are made from: nothing of one preview may ever be named like another's. */
export function patternFaults(config: PlatformDraft): Fault[] {
  const hosts: PatternRule = {
    path: ['hosts', 'pattern'],
    pattern: config.hosts.pattern,
    tokens: ['number', '-suffix', 'domain', 'repository', 'place'],
  };
  const namespace: PatternRule = {
    path: ['namespace', 'pattern'],
    pattern: config.namespace.pattern,
    tokens: ['number', 'repository'],
  };
  const database: PatternRule[] = config.database
    ? [{ path: ['database', 'pattern'], pattern: config.database.pattern, tokens: ['number', 'repository'] }]
    : [];
  return [
    ...[hosts, namespace, ...database].flatMap((rule) => commonFaults(rule, config)),
    ...hostFaults(hosts, config),
    ...namespaceFaults(namespace, config),
    ...database.flatMap((rule) => databaseFaults(rule)),
  ];
}

function commonFaults(rule: PatternRule, { repositories, capacity }: PlatformDraft): Fault[] {
  const { parts, unknown } = parsePattern(rule.pattern);
  const used = tokensOf(parts);
  const strange = [...unknown, ...used.filter((token) => !rule.tokens.includes(token))];
  const messages = strange.map(
    (token) =>
      `There is no token \`{${token}}\` here. Known: ${rule.tokens.map((known) => `\`{${known}}\``).join(', ')}.`,
  );
  const numbered = used.includes('number') || (used.includes('place') && 'stems' in capacity);
  if (!numbered)
    messages.push(`\`${rule.pattern}\` names every pull request alike. Put \`{number}\` into it.`);
  if (repositories.length > 1 && !used.includes('repository'))
    messages.push(
      `\`${rule.pattern}\` names the pull requests of ${repositories.length} repositories alike. Put \`{repository}\` into it.`,
    );
  const glued = gluedTokens(parts);
  if (glued)
    messages.push(
      `\`{${glued[0]}}\` and \`{${glued[1]}}\` need a \`-\` between them: without it two pull requests could get one name.`,
    );
  const braces = parts.some((part) => 'text' in part && /[{}]/.test(part.text));
  if (braces)
    messages.push(`\`${rule.pattern}\` has a brace without its partner. Write tokens as \`{number}\`.`);
  return messages.map((message) => ({ path: rule.path, message }));
}

function hostFaults({ path, pattern }: PatternRule, { capacity }: PlatformDraft): Fault[] {
  const faults: Fault[] = [];
  const label = pattern.endsWith('.{domain}') ? pattern.slice(0, -'.{domain}'.length) : null;
  if (label === null || label.includes('.') || label.includes('{domain}')) {
    const message = `Expected one label in front of the domain, such as \`pr-{number}{-suffix}.{domain}\`, found \`${pattern}\`: a wildcard certificate covers no more.`;
    return [{ path, message }];
  }
  if (!tokensOf(parsePattern(label).parts).includes('-suffix'))
    faults.push({
      path,
      message: `\`${pattern}\` gives all services of a preview one host. Put \`{-suffix}\` into it.`,
    });
  if (label.includes('{place}') && !('stems' in capacity))
    faults.push({
      path,
      message: '`{place}` needs a pool of fixed stems. Set `capacity.stems`, or use `{number}`.',
    });
  return [...faults, ...textFaults({ path, pattern: label })];
}

function namespaceFaults({ path, pattern }: PatternRule, config: PlatformDraft): Fault[] {
  const faults = textFaults({ path, pattern });
  if (/^(kube|openshift)-/.test(pattern))
    faults.push({
      path,
      message: `Namespaces that begin with \`${pattern.split('-')[0] ?? ''}-\` are the system's. Choose another name.`,
    });
  const expression = new RegExp(patternExpression(parsePattern(pattern).parts));
  const sources = [
    ...('namespace' in config.tls ? [config.tls.namespace] : []),
    ...config.sourceSecrets.map(({ namespace }) => namespace),
    ...config.registries.flatMap(({ pullSecret }) => (pullSecret ? [pullSecret.namespace] : [])),
  ];
  for (const source of new Set(sources.filter((name) => expression.test(name))))
    faults.push({
      path,
      message: `A preview's namespace could be \`${source}\`, which secrets are copied from. Choose another pattern.`,
    });
  return faults;
}

function databaseFaults({ path, pattern }: PatternRule): Fault[] {
  const filled = sample(pattern);
  const faults: Fault[] = /^[a-z_][a-z0-9_-]*$/.test(filled)
    ? []
    : [
        {
          path,
          message: `Expected lower-case letters, digits, \`_\` and \`-\`, beginning with a letter, found \`${pattern}\`.`,
        },
      ];
  if (filled.startsWith('pg_'))
    faults.push({ path, message: "Names that begin with `pg_` are the system's. Choose another name." });
  return [...faults, ...lengthFaults({ path, pattern })];
}

function textFaults({ path, pattern }: Pick<PatternRule, 'path' | 'pattern'>): Fault[] {
  if (isDnsLabel(sample(pattern))) return lengthFaults({ path, pattern });
  return [
    {
      path,
      message: `Expected lower-case letters, digits and \`-\`, beginning and ending with a letter or digit, found \`${pattern}\`.`,
    },
  ];
}

/** A longer pattern would leave no room for number and repository in the 63 characters there are. */
function lengthFaults({ path, pattern }: Pick<PatternRule, 'path' | 'pattern'>): Fault[] {
  const { parts } = parsePattern(pattern);
  const length = parts.reduce((sum, part) => sum + ('text' in part ? part.text.length : 0), 0);
  return length <= 40
    ? []
    : [
        {
          path,
          message: `The text of \`${pattern}\` has ${length} characters; at most 40 leave room for number and repository. Shorten it.`,
        },
      ];
}

function gluedTokens(parts: readonly PatternPart[]): readonly [PatternToken, PatternToken] | null {
  let last: PatternToken | null = null;
  for (const part of parts) {
    if ('text' in part) {
      if (/[-_.]/.test(part.text)) last = null;
      continue;
    }
    if (last !== null && part.token !== '-suffix' && part.token !== 'domain') return [last, part.token];
    last = part.token;
  }
  return null;
}

function tokensOf(parts: readonly PatternPart[]): PatternToken[] {
  return parts.flatMap((part) => ('token' in part ? [part.token] : []));
}

function sample(pattern: string): string {
  return fillPattern(
    parsePattern(pattern).parts,
    { number: 1, repository: 'o/r', place: 'p', suffix: 's' },
    Infinity,
  );
}
