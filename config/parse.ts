import type { PlatformConfig, PreviewConfig } from '../domain/config.ts';
import type { FailureType } from '../domain/failures.ts';
import { fillPlatform, platformFaults, platformWarnings } from './platform-rules.ts';
import { platformSchema } from './platform-schema.ts';
import { previewFaults } from './preview-rules.ts';
import { previewSchema } from './preview-schema.ts';
import type { Fault, Parsed } from './problem.ts';
import { toProblems } from './problem.ts';
import { checkSchema } from './schema-faults.ts';
import type { YamlFile } from './yaml.ts';
import { readYaml } from './yaml.ts';

/**
 * Reads the operator's file. Every problem comes at once, with line and column.
 *
 * @param file its name, as problems shall call it.
 */
export function parsePlatformConfig(text: string, file: string): Parsed<PlatformConfig> {
  const yaml = readYaml(text);
  const refuse = (faults: readonly Fault[]) => refused(faults, { yaml, file, type: 'InvalidPlatformConfig' });
  const checked = checkSchema(platformSchema, yaml.value);
  if (!checked.ok) return refuse([...yaml.faults, ...schemaFaults(yaml, checked.faults)]);
  const faults = [...yaml.faults, ...platformFaults(checked.value)];
  if (faults.length > 0) return refuse(faults);
  const value = fillPlatform(checked.value);
  return { ok: true, value, warnings: platformWarnings(value) };
}

/**
 * Reads the application's `preview.yaml`. Every problem comes at once, with line and column, templates included.
 *
 * @param file its name, as problems shall call it.
 */
export function parsePreviewConfig(text: string, file: string): Parsed<PreviewConfig> {
  const yaml = readYaml(text);
  const refuse = (faults: readonly Fault[]) => refused(faults, { yaml, file, type: 'InvalidPreviewConfig' });
  const checked = checkSchema(previewSchema, yaml.value);
  if (!checked.ok) return refuse([...yaml.faults, ...schemaFaults(yaml, checked.faults)]);
  const faults = [...yaml.faults, ...previewFaults(checked.value)];
  return faults.length > 0 ? refuse(faults) : { ok: true, value: checked.value, warnings: [] };
}

/** A place whose YAML is already at fault says nothing new by the schema. */
function schemaFaults(yaml: YamlFile, faults: readonly Fault[]): readonly Fault[] {
  if (yaml.value === undefined) return [];
  const told = yaml.faults.map((fault) => JSON.stringify(fault.path));
  return faults.filter((fault) => !told.includes(JSON.stringify(fault.path)));
}

function refused(
  faults: readonly Fault[],
  { yaml, file, type }: { readonly yaml: YamlFile; readonly file: string; readonly type: FailureType },
): { ok: false; problems: ReturnType<typeof toProblems> } {
  return { ok: false, problems: toProblems(faults, { type, file, locate: yaml.locate }) };
}
