import { setTimeout as delay } from 'node:timers/promises';
import { searchAttributes, searchAttributeTypes } from '../domain/search-attributes.ts';
import { serviceError } from './connect.ts';
import { ClientError } from './exit-codes.ts';
import type { TemporalCalls } from './temporal-calls.ts';

/** What became of the search attributes. */
export type SearchAttributesResult =
  | {
      readonly state: 'registered';
      readonly registered: readonly string[];
      readonly present: readonly string[];
    }
  /** Temporal does not let us see or add them; somebody has to do it elsewhere, once. */
  | { readonly state: 'not-allowed'; readonly advice: string };

/** How long added ones may take to be known everywhere. */
const knownWithinMs = 30_000;

/**
 * Registers the search attributes that the namespace lacks, and waits until Temporal lists them.
 *
 * @throws {ClientError} `refused` when one is there with another type, or is not listed within 30 s; `temporalAway`.
 */
export async function registerSearchAttributes(calls: TemporalCalls): Promise<SearchAttributesResult> {
  const before = await read(calls);
  if (before === null) return notAllowed;
  refuseOtherTypes(before);
  const missing = wanted.filter(({ name }) => before[name] === undefined);
  if (missing.length > 0 && !(await add(calls, missing))) return notAllowed;
  const deadline = Date.now() + knownWithinMs;
  for (;;) {
    const known = (await read(calls)) ?? {};
    const left = missing.filter(({ name }) => known[name] === undefined).map(({ name }) => name);
    if (left.length === 0) break;
    if (Date.now() > deadline)
      throw new ClientError('refused', `Temporal took ${left.join(', ')} but does not list them after 30 s`);
    await delay(200);
  }
  const registered = missing.map(({ name }) => name);
  const present = wanted.map(({ name }) => name).filter((name) => !registered.includes(name));
  return { state: 'registered', registered, present };
}

const wanted = Object.entries(searchAttributes).map(([name, type]) => ({
  name,
  ...searchAttributeTypes[type],
}));

const notAllowed: SearchAttributesResult = {
  state: 'not-allowed',
  advice:
    'Temporal does not let us register search attributes here, as on Temporal Cloud. Add them to the namespace ' +
    `there, once: ${wanted.map(({ name, word }) => `${name} (${word})`).join(', ')}`,
};

/**
 * What a namespace lacks of our search attributes, and which it has with another type. Null: Temporal does not say.
 *
 * @throws {ClientError} `temporalAway`.
 */
export async function readSearchAttributes(
  calls: TemporalCalls,
): Promise<{ readonly missing: readonly string[]; readonly others: readonly string[] } | null> {
  const known = await read(calls);
  if (known === null) return null;
  const names = (which: (number: number | undefined, wanted: number) => boolean): string[] =>
    wanted.filter(({ name, number }) => which(known[name], number)).map(({ name }) => name);
  return {
    missing: names((found) => found === undefined),
    others: names((found, number) => found !== undefined && found !== number),
  };
}

type Known = Readonly<Record<string, number>>;

/** Numbers of types by name; null: Temporal does not say. */
async function read(calls: TemporalCalls): Promise<Known | null> {
  const { connection, options } = calls.client;
  const { namespace } = options;
  try {
    const { customAttributes } = await calls.within(
      10_000,
      async () => await connection.operatorService.listSearchAttributes({ namespace }),
    );
    return customAttributes ?? {};
  } catch (error) {
    if (isRefusal(error)) return null;
    throw calls.explain(error);
  }
}

/** False: Temporal does not let us. What somebody else added in the same moment is success. */
async function add(calls: TemporalCalls, missing: typeof wanted): Promise<boolean> {
  const { connection, options } = calls.client;
  const { namespace } = options;
  const added = Object.fromEntries(missing.map(({ name, number }) => [name, number]));
  try {
    await calls.within(
      10_000,
      async () =>
        await connection.operatorService.addSearchAttributes({ namespace, searchAttributes: added }),
    );
    return true;
  } catch (error) {
    if (isRefusal(error)) return false;
    if (serviceError(error)?.code === alreadyExists) return true;
    throw calls.explain(error);
  }
}

function refuseOtherTypes(known: Known): void {
  const others = wanted.filter(({ name, number }) => (known[name] ?? number) !== number);
  if (others.length === 0) return;
  const names = others.map(({ name, word }) => `${name} (wanted: ${word})`).join(', ');
  throw new ClientError(
    'refused',
    `Temporal has search attributes of these names with another type: ${names}. Use another namespace, or remove them`,
  );
}

const alreadyExists = 6;
/** PERMISSION_DENIED, UNIMPLEMENTED. */
const refusals: readonly (number | undefined)[] = [7, 12];

function isRefusal(error: unknown): boolean {
  return refusals.includes(serviceError(error)?.code);
}
