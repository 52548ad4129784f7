import type { KubernetesApi } from './api.ts';
import { listObjects } from './objects.ts';
import { resources, type Secret } from './resources.ts';
import { decoded } from './secrets.ts';

/** Shorter values are words that any text has. */
const shortest = 4;

export type Redact = (text: string) => string;

/**
 * Reads every secret of a namespace and gives the function that replaces each of their values in a text by the
 * secret's name. Helm's own records are left out: no secret is in them, and they are large.
 */
export async function createRedact(
  api: KubernetesApi,
  namespace: string,
  signal: AbortSignal,
): Promise<Redact> {
  const fieldSelector = 'type!=helm.sh/release.v1';
  const { items } = await listObjects(api, resources.secrets, { namespace, fieldSelector, signal });
  return redactSecrets(items);
}

/** Replaces what the given secrets hold: as it is, URL-encoded, base64, line by line, and passwords within URLs. */
export function redactSecrets(secrets: readonly Secret[]): Redact {
  const names = new Map<string, string>();
  for (const secret of secrets)
    for (const [key, value] of Object.entries(decoded(secret)))
      for (const form of formsOf(value)) names.set(form, `[secret ${secret.metadata?.name}/${key}]`);
  if (names.size === 0) return (text) => text;
  const longestFirst = [...names.keys()].toSorted((one, other) => other.length - one.length);
  const pattern = new RegExp(longestFirst.map((form) => escaped(form)).join('|'), 'g');
  return (text) => text.replace(pattern, (found) => names.get(found) ?? '[secret]');
}

function escaped(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, String.raw`\$&`);
}

function formsOf(value: string): ReadonlySet<string> {
  const plain = [value, value.trim(), ...value.split(/\r?\n/).map((line) => line.trim())];
  const parts = [...plain, ...urlParts(value), ...jsonParts(value)];
  const forms = parts
    .filter((part) => part.length >= shortest)
    .flatMap((part) => {
      const base64 = Buffer.from(part).toString('base64');
      return [
        part,
        encodeURIComponent(part),
        new URLSearchParams({ v: part }).toString().slice('v='.length),
        JSON.stringify(part).slice(1, -1),
        base64,
        base64.replace(/=+$/, ''),
        Buffer.from(part).toString('base64url'),
      ];
    });
  return new Set(forms.filter((form) => form.length >= shortest));
}

/** A connection's password is a secret by itself too. */
function urlParts(value: string): readonly string[] {
  if (!URL.canParse(value)) return [];
  const { password } = new URL(value);
  try {
    return password === '' ? [] : [password, decodeURIComponent(password)];
  } catch {
    return [password];
  }
}

/** Credentials inside JSON, as in a pull secret. */
function jsonParts(value: string): readonly string[] {
  if (!value.startsWith('{')) return [];
  const found: string[] = [];
  try {
    JSON.parse(value, (key: string, part: unknown) => {
      if (typeof part === 'string' && !['username', 'email', 'client_id', 'type'].includes(key))
        found.push(part);
      return part;
    });
  } catch {
    return [];
  }
  return found;
}
