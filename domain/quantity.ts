const grammar = /^([+-]?)(\d+(?:\.\d*)?|\.\d+)(?:(Ki|Mi|Gi|Ti|Pi|Ei|n|u|m|k|M|G|T|P|E)|[eE]([+-]?\d{1,2}))?$/;

const binary: Readonly<Record<string, bigint>> = {
  Ki: 2n ** 10n,
  Mi: 2n ** 20n,
  Gi: 2n ** 30n,
  Ti: 2n ** 40n,
  Pi: 2n ** 50n,
  Ei: 2n ** 60n,
};

const decimal: Readonly<Record<string, number>> = {
  n: -9,
  u: -6,
  m: -3,
  k: 3,
  M: 6,
  G: 9,
  T: 12,
  P: 15,
  E: 18,
};

/** A quantity as Kubernetes writes it, in thousandths (of a core, for CPU), rounded up as Kubernetes does; null when it is none. */
export function parseMilli(quantity: string | number): number | null {
  return scaled(quantity, 1_000n);
}

/** A quantity as Kubernetes writes it, in whole units (bytes, for memory), rounded up as Kubernetes does; null when it is none. */
export function parseUnits(quantity: string | number): number | null {
  return scaled(quantity, 1n);
}

/** CPU for people: `1300m`, `2`. */
export function formatMilli(milli: number): string {
  return milli % 1_000 === 0 ? String(milli / 1_000) : `${milli}m`;
}

/** Memory for people, in the largest binary unit that says it exactly: `1536Mi`, `1Gi`. */
export function formatBytes(bytes: number): string {
  const names = Object.keys(binary);
  for (const name of names.toReversed()) {
    const size = Number(binary[name]);
    if (bytes !== 0 && bytes % size === 0) return `${bytes / size}${name}`;
  }
  return String(bytes);
}

/** Exact by bigint: `0.07` is 70 thousandths, which floating point would round up to 71. */
function scaled(quantity: string | number, scale: bigint): number | null {
  const match = grammar.exec(String(quantity));
  if (!match) return null;
  const [, sign = '', digits = '', suffix = '', exponent = '0'] = match;
  const [whole = '', fraction = ''] = digits.split('.');
  const power = Number(exponent) + (decimal[suffix] ?? 0) - fraction.length;
  const up = 10n ** BigInt(Math.max(0, power));
  const down = 10n ** BigInt(Math.max(0, -power));
  const amount = BigInt(`${whole}${fraction}` || '0') * (binary[suffix] ?? 1n) * scale * up;
  const rounded = (amount + down - 1n) / down;
  const result = Number(sign === '-' ? -rounded : rounded);
  return Number.isSafeInteger(result) ? result : null;
}
