/** Whether a version such as `v1.36.3` or `4.3` is at least another, by its first two numbers; null: it is none. */
export function isVersionFrom(
  version: string,
  least: readonly [major: number, minor: number],
): boolean | null {
  const match = /^v?(?<major>\d+)\.(?<minor>\d+)/.exec(version);
  if (match?.groups === undefined) return null;
  const major = Number(match.groups['major']);
  return major === least[0] ? Number(match.groups['minor']) >= least[1] : major > least[0];
}
