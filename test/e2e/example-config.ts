import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { checkout } from '../../local/folders.ts';

/** A service of the example's `preview.yaml`, as far as tests change it. */
export interface ExampleServiceConfig {
  needs?: string[];
  timeout?: string;
  chart: { path: string };
  images: { main: { repository: string; tag: string } };
  values: Record<string, unknown>;
}

export interface ExampleConfig {
  services: Record<string, ExampleServiceConfig>;
}

/** The example's `preview.yaml` as it is written. */
export async function exampleText(): Promise<string> {
  return await readFile(join(checkout, 'examples/videocall/preview.yaml'), 'utf8');
}

/** The example's `preview.yaml` with changes. */
export async function exampleWith(change: (config: ExampleConfig) => void): Promise<string> {
  const config = parse(await exampleText()) as ExampleConfig;
  change(config);
  return stringify(config);
}

/** Leaves only these services of the example, the first of which has a host; what they say of the others names it. */
export function keepOnly(config: ExampleConfig, names: readonly string[]): void {
  const dropped = Object.keys(config.services).filter((name) => !names.includes(name));
  for (const name of dropped) delete config.services[name];
  for (const service of Object.values(config.services)) {
    service.needs = (service.needs ?? []).filter((needed) => names.includes(needed));
    const values = JSON.stringify(service.values);
    const renamed = dropped.reduce(
      (text, name) => text.replaceAll(`urls.${name}`, `urls.${names[0] ?? ''}`),
      values,
    );
    service.values = JSON.parse(renamed) as Record<string, unknown>;
  }
}

/** The base branch's `preview.yaml` of a preview that has only these services; the first is the one with a host. */
export async function smallApp(...names: readonly string[]): Promise<{ readonly 'preview.yaml': string }> {
  return { 'preview.yaml': await exampleWith((config) => keepOnly(config, names)) };
}

/** Line and column of the first place in a text, counted from 1 as editors do. */
export function positionOf(text: string, place: string): string {
  const before = text.slice(0, text.indexOf(place)).split('\n');
  return `${before.length}:${(before.at(-1) ?? '').length + 1}`;
}
