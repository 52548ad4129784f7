import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import { toDnsText } from './dns.ts';

/** Tokens a name pattern may hold. `{-suffix}` is a hyphen and the suffix, or nothing without one. */
export type PatternToken = 'number' | 'repository' | 'place' | '-suffix' | 'domain';

export type PatternPart = { readonly token: PatternToken } | { readonly text: string };

/** What the tokens stand for. Repository is `owner/name`; the number is a positive integer. */
export interface PatternFill {
  readonly number: number;
  readonly repository: string;
  readonly place: string;
  readonly suffix: string;
}

/** Hexadecimal digits of the hash that tells repositories, and shortened names, apart. */
const hashDigits = 6;

/** Splits a pattern into texts and tokens; a token that is not one of ours is handed back as `unknown`. */
export function parsePattern(pattern: string): { parts: PatternPart[]; unknown: string[] } {
  const parts: PatternPart[] = [];
  const unknown: string[] = [];
  for (const piece of pattern.split(/(\{[^{}]*\})/)) {
    if (piece === '') continue;
    const token = piece.startsWith('{') && piece.endsWith('}') ? piece.slice(1, -1) : null;
    if (token === null) parts.push({ text: piece });
    else if (isToken(token)) parts.push({ token });
    else unknown.push(token);
  }
  return { parts, unknown };
}

/**
 * Fills a pattern (without `{domain}`), never longer than `limit`. A repository becomes its DNS text and a hash of
 * `owner/name`, so that no two share a name; of a name too long its readable part is cut first. Where that is not
 * enough, the end is cut and replaced by a hash of the whole.
 */
export function fillPattern(parts: readonly PatternPart[], fill: PatternFill, limit: number): string {
  const full = join(parts, fill, Infinity);
  if (full.length <= limit) return full;
  const readable = repositoryText(fill.repository).length;
  const cut = join(parts, fill, Math.max(0, readable - (full.length - limit)));
  if (cut.length <= limit) return cut;
  return `${full.slice(0, limit - hashDigits - 1).replace(/[-_]+$/, '')}-${shortHash(full)}`;
}

/** The regular expression (anchored, RE2 too) that exactly the names of a pattern match; place and suffix are labels. */
export function patternExpression(parts: readonly PatternPart[]): string {
  const words = {
    number: '[1-9][0-9]*',
    repository: '[a-z0-9-]+',
    place: '[a-z0-9-]+',
    '-suffix': '(-[a-z0-9-]+)?',
  };
  const piece = (part: PatternPart): string => {
    if ('text' in part) return part.text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
    return part.token === 'domain' ? '[a-z0-9.-]+' : words[part.token];
  };
  return `^${parts.map(piece).join('')}$`;
}

function isToken(word: string): word is PatternToken {
  return ['number', 'repository', 'place', '-suffix', 'domain'].includes(word);
}

function join(parts: readonly PatternPart[], fill: PatternFill, readable: number): string {
  const values: Record<PatternToken, string> = {
    number: String(fill.number),
    repository: repositoryToken(fill.repository, readable),
    place: fill.place,
    '-suffix': fill.suffix === '' ? '' : `-${fill.suffix}`,
    domain: '',
  };
  return parts.map((part) => ('text' in part ? part.text : values[part.token])).join('');
}

function repositoryToken(repository: string, readable: number): string {
  const text = repositoryText(repository).slice(0, Math.max(0, readable)).replace(/-$/, '');
  const hash = shortHash(repository.toLowerCase());
  return text === '' ? hash : `${text}-${hash}`;
}

/** The repository's name without its owner, as DNS text. */
function repositoryText(repository: string): string {
  return toDnsText(repository.slice(repository.indexOf('/') + 1));
}

function shortHash(text: string): string {
  return bytesToHex(sha256(utf8ToBytes(text))).slice(0, hashDigits);
}
