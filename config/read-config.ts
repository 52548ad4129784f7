import type { z } from 'zod';
import type { FailureType } from '../domain/failures.ts';
import { healed } from './heal.ts';
import type { Fault, Parsed, Path } from './problem.ts';
import { toProblems } from './problem.ts';
import { checkSchema } from './schema-faults.ts';
import { readYaml } from './yaml.ts';

export interface ConfigKind<Schema extends z.ZodType> {
  /** Its name, as problems shall call it. */
  readonly file: string;
  readonly type: FailureType;
  readonly schema: Schema;
  /** What lies between fields. */
  readonly rules: (value: z.output<Schema>) => readonly Fault[];
}

/** Reads one config: YAML, schema and rules are all asked, so that a person hears of everything at once. */
export function readConfig<Schema extends z.ZodType>(
  text: string,
  kind: ConfigKind<Schema>,
): Parsed<z.output<Schema>> {
  const yaml = readYaml(text);
  const checked = checkSchema(kind.schema, yaml.value);
  const faults = [...yaml.faults];
  if (yaml.value !== undefined) {
    if (checked.ok) faults.push(...kind.rules(checked.value));
    else
      faults.push(...without(yaml.faults, checked.faults), ...rulesDespite(yaml.value, checked.faults, kind));
  }
  if (checked.ok && faults.length === 0) return { ok: true, value: checked.value, warnings: [] };
  return {
    ok: false,
    problems: toProblems(faults, { type: kind.type, file: kind.file, locate: yaml.locate }),
  };
}

/** The rules over a copy whose faulty parts are replaced; what they say of such a part is not to be trusted. */
function rulesDespite<Schema extends z.ZodType>(
  data: unknown,
  faults: readonly Fault[],
  { schema, rules }: ConfigKind<Schema>,
): readonly Fault[] {
  let copy = data;
  let left = faults;
  // what is removed may be missed in turn, up through the levels of a file
  for (let round = 0; round < 6; round += 1) {
    copy = healed(copy, left);
    const checked = checkSchema(schema, copy);
    if (checked.ok)
      return rules(checked.value).filter(
        ({ path }) => !faults.some((fault) => !fault.atKey && overlaps(fault.path, path)),
      );
    left = checked.faults;
  }
  return [];
}

/** A value that YAML already found at fault says nothing new by the schema. */
function without(told: readonly Fault[], faults: readonly Fault[]): readonly Fault[] {
  return faults.filter(
    (fault) => fault.atKey || !told.some(({ path }) => path.length > 0 && same(path, fault.path)),
  );
}

function overlaps(one: Path, other: Path): boolean {
  const length = Math.min(one.length, other.length);
  return same(one.slice(0, length), other.slice(0, length));
}

function same(one: Path, other: Path): boolean {
  return one.length === other.length && one.every((step, index) => step === other[index]);
}
