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

/** Leaves only these services of the example, without needs of others. */
export function keepOnly(config: ExampleConfig, names: readonly string[]): void {
  for (const [name, service] of Object.entries(config.services)) {
    if (!names.includes(name)) delete config.services[name];
    else service.needs = (service.needs ?? []).filter((needed) => names.includes(needed));
  }
}

/** Line and column of the first place in a text, counted from 1 as editors do. */
export function positionOf(text: string, place: string): string {
  const before = text.slice(0, text.indexOf(place)).split('\n');
  return `${before.length}:${(before.at(-1) ?? '').length + 1}`;
}
