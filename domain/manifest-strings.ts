import type { Problem } from './failures.ts';
import type { ManifestObject } from './manifest-object.ts';
import { refuse } from './manifest-object.ts';

/** Names of production, and what of them is allowed. */
export interface StringRules {
  readonly forbiddenStrings: readonly string[];
  /** Removed from a text before it is searched. */
  readonly allowedStrings: readonly string[];
}

/** Every place of an object that holds a forbidden string, whatever the case, in Secrets' and binary data too. */
export function forbiddenStringProblems(object: ManifestObject, rules: StringRules): Problem[] {
  if (rules.forbiddenStrings.length === 0) return [];
  const allowed = rules.allowedStrings
    .map((text) => text.toLowerCase())
    .sort((one, other) => other.length - one.length);
  const forbidden = rules.forbiddenStrings.map((text) => ({ text, lower: text.toLowerCase() }));
  return textsIn(object, '').flatMap(({ path, text }) => {
    const searched = searchable(text, allowed);
    return forbidden.flatMap(({ text: name, lower }) => {
      if (!searched.includes(lower)) return [];
      const message = `\`${path}\` contains \`${name}\`, which the platform forbids in previews. Set the chart's value for it in \`preview.yaml\`.`;
      return [refuse(object, message)];
    });
  });
}

/** Lower case, with a character no name holds in place of what is allowed, so that its neighbours do not join up. */
function searchable(text: string, allowed: readonly string[]): string {
  return allowed.reduce((rest, name) => rest.replaceAll(name, '\0'), text.toLowerCase());
}

function textsIn(value: unknown, path: string): { path: string; text: string }[] {
  if (typeof value === 'string')
    return [{ path, text: /^(data|binaryData)[.[]/.test(path) ? `${value}\0${decoded(value)}` : value }];
  if (Array.isArray(value)) return value.flatMap((item, index) => textsIn(item, `${path}[${index}]`));
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, item]) => {
    const step = /^[\w-]+$/.test(key) ? `${path === '' ? '' : '.'}${key}` : `["${key}"]`;
    return [{ path: `${path}${step}`, text: key }, ...textsIn(item, `${path}${step}`)];
  });
}

/** Base64 as text; empty when it is none. */
function decoded(value: string): string {
  try {
    return atob(value);
  } catch {
    return '';
  }
}
