/** Ways in which an image of the example application fails on purpose. */
export const faultKinds = [
  /** Exits with 1 before it does anything. */
  'crash-on-start',
  /** meeting-api: the last migration names a table that is not there. */
  'migration-fails',
  /** Its version endpoint answers with another commit. */
  'wrong-commit',
  /** Runs, but never listens. */
  'never-ready',
  /** Takes memory until it is killed for it. */
  'out-of-memory',
] as const;

/** The same, each followed by a colon and a duration in Go's words such as `10s`. */
export const timedFaultKinds = [
  /** Exits with 1 that long after it began to listen. */
  'crash-after-ready',
  /** Listens only after that long. */
  'slow-start',
] as const;

export type Fault = (typeof faultKinds)[number] | `${(typeof timedFaultKinds)[number]}:${string}`;

/** Whether a person's word is one of these faults. */
export function isFault(word: string): word is Fault {
  const [kind, duration = '', ...rest] = word.split(':');
  if (rest.length > 0) return false;
  if (duration === '') return faultKinds.some((one) => one === word);
  return timedFaultKinds.some((one) => one === kind) && /^(\d+(ms|s|m|h))+$/.test(duration);
}
