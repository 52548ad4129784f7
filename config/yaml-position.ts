import type { Document, Node, Pair } from 'yaml';
import { isAlias, isMap, isScalar, isSeq } from 'yaml';
import type { Path } from './problem.ts';

/** The node a path leads to, or the last one on the way that exists. `key` asks for the key that ends the path. */
export function nodeAt(document: Document, path: Path, key: boolean): Node | null {
  let found: Node | null = document.contents;
  let current: Node | null = resolve(document, document.contents);
  for (const [index, step] of path.entries()) {
    const next = child(document, current, step);
    if (!next) return found;
    const last = index === path.length - 1;
    found = (last && key ? next.key : null) ?? next.value ?? next.key ?? found;
    current = resolve(document, next.value);
  }
  return found;
}

interface Child {
  readonly key: Node | null;
  readonly value: Node | null;
}

function child(document: Document, node: Node | null, step: string | number): Child | null {
  if (isSeq(node))
    return typeof step === 'number' && step < node.items.length
      ? { key: null, value: asNode(node.items[step]) }
      : null;
  if (!isMap(node)) return null;
  const pairs: readonly Pair[] = node.items;
  const pair = pairs.find(({ key }) => isScalar(key) && String(key.value) === String(step));
  if (pair) return { key: asNode(pair.key), value: asNode(pair.value) };
  return merged(document, pairs, step);
}

function merged(document: Document, pairs: readonly Pair[], step: string | number): Child | null {
  const source = pairs.find(({ key }) => isScalar(key) && key.value === '<<');
  const value = resolve(document, asNode(source?.value));
  const maps = isSeq(value) ? value.items.map((item) => resolve(document, asNode(item))) : [value];
  for (const map of maps) {
    const found = child(document, map, step);
    if (found) return found;
  }
  return null;
}

function resolve(document: Document, node: Node | null): Node | null {
  return isAlias(node) ? (node.resolve(document) ?? null) : node;
}

/** What a document holds at a place is typed loosely; parsed documents hold nodes or nothing. */
function asNode(value: unknown): Node | null {
  return typeof value === 'object' && value !== null ? (value as Node) : null;
}
