/** What a command-line flag may be set to; a list sets it several times. */
export type FlagValue = string | number | boolean | readonly string[];

/** Command-line flags, each as one argument `--name=value`. */
export function flags(values: Readonly<Record<string, FlagValue>>): string[] {
  return Object.entries(values).flatMap(([name, value]) => {
    const all = Array.isArray(value) ? (value as readonly string[]) : [value];
    return all.map((one) => `--${name}=${String(one)}`);
  });
}
