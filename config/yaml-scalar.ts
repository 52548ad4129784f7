import { Scalar } from 'yaml';

/** Words and numbers that YAML 1.1 (Helm, kubectl) and YAML 1.2 read differently, or that JSON cannot carry. */
const traps: readonly { readonly pattern: RegExp; readonly reading: (text: string) => string }[] = [
  {
    pattern: /^(?:y|yes|n|no|on|off)$/i,
    reading: (text) => `Helm's YAML reads \`${text}\` as a boolean, others as text`,
  },
  {
    pattern: /^[-+]?0[0-9][0-9_]*$/,
    reading: () => "Helm's YAML reads an integer with a leading zero as octal, others as decimal",
  },
  {
    pattern: /^[-+]?0[ob][0-9_]+$/i,
    reading: () => 'octal and binary integers are read differently by different tools',
  },
  {
    pattern: /^[-+]?[0-9][0-9]*_[0-9_]*$/,
    reading: () => "Helm's YAML ignores underscores in a number, others read text",
  },
  { pattern: /^[-+]?\.(?:inf|nan)$/i, reading: () => 'this number is not finite and JSON cannot carry it' },
];

/** What is wrong with a scalar (a key or a value), in a sentence that says to quote it; null when it is well. */
export function scalarTrap(node: Scalar): string | null {
  if (node.type !== Scalar.PLAIN) return null;
  const text = node.source ?? '';
  const trap = traps.find(({ pattern }) => pattern.test(text));
  if (trap) return `${trap.reading(text)}: quote it (\`"${text}"\`) if text is meant${meant(text)}.`;
  if (typeof node.value !== 'number') return null;
  if (!Number.isFinite(node.value))
    return `\`${text}\` is a number that is not finite: quote it (\`"${text}"\`).`;
  if (/^[-+]?\d+$/.test(text) && !Number.isSafeInteger(node.value))
    return `\`${text}\` is an integer too large to keep its digits: quote it (\`"${text}"\`).`;
  return null;
}

function meant(text: string): string {
  if (/^(?:y|yes|on)$/i.test(text)) return ', or write `true`';
  if (/^(?:n|no|off)$/i.test(text)) return ', or write `false`';
  return '';
}
