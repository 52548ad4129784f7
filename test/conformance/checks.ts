import { Ajv2019 } from 'ajv/dist/2019.js';
import type { ValidateFunction } from 'ajv/dist/2019.js';
import addFormats from 'ajv-formats';
import type { Schema, Schemas } from './schemas.ts';
import { closed, each, open } from './schemas.ts';

/** Holds a value to a schema of GitHub's description; every fault in one line, none when it fits. */
export type Check = (schema: Schema, value: unknown) => string[];

export interface Checks {
  /** What is written as JSON. */
  readonly json: Check;
  /** What stands in an address, where a number is text. */
  readonly text: Check;
}

/** @param schemas what other schemas refer to. */
export function createChecks(schemas: Schemas): Checks {
  const documents = [
    { $id: 'open', components: { schemas: each(schemas, open) } },
    { $id: 'closed', components: { schemas: each(schemas, closed) } },
  ];
  const create = (coerceTypes: boolean): Check => {
    const ajv = new Ajv2019({ strict: false, allErrors: true, validateSchema: false, coerceTypes });
    addFormats.default(ajv);
    for (const format of unchecked) ajv.addFormat(format, true);
    ajv.addSchema(documents);
    const compiled = new Map<Schema, ValidateFunction>();
    return (schema, value) => {
      const validate = compiled.get(schema) ?? ajv.compile(closed(schema));
      compiled.set(schema, validate);
      validate(value);
      return (validate.errors ?? []).map(
        ({ instancePath, message = 'is wrong', params }) =>
          `${instancePath} ${message} ${JSON.stringify(params)}`,
      );
    };
  };
  return { json: create(false), text: create(true) };
}

/** Formats of GitHub's own, and one that no JSON has. */
const unchecked = ['repo.nwo', 'timestamp', 'binary'];
