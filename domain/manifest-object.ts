import type { Problem } from './failures.ts';

/** A Kubernetes object as a chart renders it: nothing about it is certain. */
export interface ManifestObject {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly metadata?: {
    readonly name?: unknown;
    readonly namespace?: unknown;
    readonly annotations?: Readonly<Record<string, unknown>>;
  };
}

export type Data = Readonly<Record<string, unknown>>;

/** `Ingress ui`, as messages name an object. */
export function objectName(object: ManifestObject): string {
  return `${object.kind ?? 'object'} ${nameOf(object) || '(no name)'}`;
}

/** Its name; empty where it has none that is text. */
export function nameOf({ metadata }: ManifestObject): string {
  return typeof metadata?.name === 'string' ? metadata.name : '';
}

/** Its annotations; Kubernetes takes only text, a chart may render anything. */
export function annotationsOf({ metadata }: ManifestObject): Data {
  return mapOf(metadata?.annotations);
}

/** API group: empty for the core. */
export function objectGroup(object: ManifestObject): string {
  const version = object.apiVersion ?? '';
  return version.includes('/') ? (version.split('/', 1)[0] ?? '') : '';
}

/** What lies at a path of keys; undefined where the way ends. */
export function dig(value: unknown, ...path: readonly string[]): unknown {
  let current: unknown = value;
  for (const step of path) {
    if (typeof current !== 'object' || current === null || !Object.hasOwn(current, step)) return undefined;
    current = (current as Data)[step];
  }
  return current;
}

/** A map, or an empty one in place of anything else. */
export function mapOf(value: unknown): Data {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Data) : {};
}

/** The entries of a list of maps, or none in place of anything else. */
export function listOf(value: unknown): readonly Data[] {
  return Array.isArray(value) ? value.map(mapOf) : [];
}

/** The texts of a list, or none. */
export function textsOf(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}

/** A value as a message shows it. */
export function show(value: unknown): string {
  return `\`${typeof value === 'string' ? value : JSON.stringify(value)}\``;
}

/** A refusal that names the object. */
export function refuse(object: ManifestObject, message: string): Problem {
  return { type: 'PlanRefused', where: objectName(object), message };
}
