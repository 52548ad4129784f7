import type { Alias, Document, Node, Pair, Scalar, YAMLMap } from 'yaml';
import { isAlias, isMap, isScalar, isSeq, LineCounter, parseDocument } from 'yaml';
import type { Fault, Locate, Path } from './problem.ts';
import { nodeAt } from './yaml-position.ts';
import { scalarTrap } from './yaml-scalar.ts';

/** Largest file, in bytes. */
const sizeLimit = 512 * 1024;
/** Most nodes after aliases are followed: a bomb of aliases ends here. */
const nodeLimit = 50_000;
const depthLimit = 64;

export interface YamlFile {
  /** Plain data: no undefined, no dates, no prototypes of our own. */
  readonly value: unknown;
  readonly faults: readonly Fault[];
  readonly locate: Locate;
}

/**
 * Reads one YAML document as Helm's users mean it: what YAML 1.1 and 1.2 read differently is a fault, and so are
 * duplicate keys, keys that are not scalars, tags of one's own, several documents, and bombs. `<<` merges maps; one
 * whose value is a string (a template) is kept as it is.
 */
export function readYaml(text: string): YamlFile {
  if (Buffer.byteLength(text) > sizeLimit)
    return failed(
      `The file has ${Buffer.byteLength(text)} bytes; at most ${sizeLimit} are read. Make it smaller.`,
    );
  const lines = new LineCounter();
  try {
    return read(text, lines);
  } catch (error) {
    if (error instanceof RangeError)
      return failed(`The file is nested too deeply; at most ${depthLimit} levels are read.`);
    throw error;
  }
}

function read(text: string, lineCounter: LineCounter): YamlFile {
  const document = parseDocument(text, { lineCounter, prettyErrors: false, merge: false, uniqueKeys: true });
  const faults: Fault[] = [...document.errors, ...document.warnings].map((error) => ({
    path: [],
    message: syntaxMessage(error.message, lineOf(text, error.pos[0])),
    offset: error.pos[0],
  }));
  const locate: Locate = ({ path, offset, atKey }) => {
    const start = offset ?? nodeAt(document, path, atKey ?? false)?.range?.[0];
    if (start === undefined) return null;
    const { line, col } = lineCounter.linePos(start);
    return { line, column: col };
  };
  const reader = new TreeReader(document, faults);
  const value = document.errors.length > 0 ? undefined : reader.value(document.contents, []);
  return { value, faults, locate };
}

/** Turns the tree into plain data and notes every fault on the way. */
class TreeReader {
  readonly #document: Document;
  readonly #faults: Fault[];
  #nodes = 0;

  constructor(document: Document, faults: Fault[]) {
    this.#document = document;
    this.#faults = faults;
  }

  value(node: unknown, path: Path): unknown {
    this.#nodes += 1;
    if (path.length > depthLimit) throw new RangeError('too deep');
    if (this.#nodes > nodeLimit) {
      if (this.#nodes === nodeLimit + 1)
        this.#fault(
          path,
          node,
          `The file has more than ${nodeLimit} values once aliases are followed. Make it smaller.`,
        );
      return null;
    }
    if (isAlias(node)) return this.#alias(node, path);
    if (isMap(node)) return this.#map(node, path);
    if (isSeq(node)) return node.items.map((item, index) => this.value(item, [...path, index]));
    return isScalar(node) ? this.#scalar(node, path) : null;
  }

  #alias(node: Alias, path: Path): unknown {
    const target = node.resolve(this.#document);
    if (target) return this.value(target, path);
    return this.#fault(path, node, `The anchor \`${node.source}\` does not exist before this place.`);
  }

  #scalar(node: Scalar, path: Path): unknown {
    const trap = scalarTrap(node);
    if (trap !== null) return this.#fault(path, node, trap);
    return node.value ?? null;
  }

  #map(node: YAMLMap, path: Path): unknown {
    const own: Record<string, unknown> = {};
    const merged: Record<string, unknown> = {};
    for (const pair of node.items) {
      const key = this.#key(pair, path);
      if (key === null) continue;
      const value = this.value(pair.value, [...path, key]);
      if (key === '<<' && typeof value !== 'string') this.#merge(merged, { value, pair, path });
      else if (Object.hasOwn(own, key))
        this.#fault([...path, key], pair.key, `The key \`${key}\` stands here twice. Remove one.`);
      else own[key] = value;
    }
    return { ...merged, ...own };
  }

  #key(pair: Pair, path: Path): string | null {
    const { key } = pair;
    if (!isScalar(key)) {
      const message = isAlias(key)
        ? 'A key must be plain text, not an alias.'
        : 'A key must be plain text. A template must be quoted (`"{{ … }}"`): quote it.';
      this.#fault(path, key ?? pair.value, message);
      return null;
    }
    const trap = scalarTrap(key);
    if (trap !== null) {
      this.#fault(path, key, `As a key, ${trap}`);
      return null;
    }
    if (key.value === null || key.value === '__proto__') {
      this.#fault(path, key, `A key must be plain text, not \`${String(key.value)}\`.`);
      return null;
    }
    return typeof key.value === 'string' ? key.value : (key.source ?? '');
  }

  #merge(into: Record<string, unknown>, from: { value: unknown; pair: Pair; path: Path }): void {
    const sources: unknown[] = Array.isArray(from.value) ? from.value : [from.value];
    for (const source of sources) {
      if (typeof source === 'object' && source !== null && !Array.isArray(source)) {
        for (const [key, value] of Object.entries(source)) if (!Object.hasOwn(into, key)) into[key] = value;
      } else
        this.#fault(
          [...from.path, '<<'],
          from.pair.value,
          '`<<` merges a map, a list of maps, or a template that gives a map.',
        );
    }
  }

  #fault(path: Path, node: unknown, message: string): null {
    const offset = (node as Node | null | undefined)?.range?.[0];
    this.#faults.push({ path, message, ...(offset === undefined ? {} : { offset }) });
    return null;
  }
}

function failed(message: string): YamlFile {
  return { value: undefined, faults: [{ path: [], message }], locate: () => null };
}

function syntaxMessage(message: string, line: string): string {
  const sentence = `This is not valid YAML: ${message.replace(/\.$/, '')}.`;
  return /\{[{%]/.test(line) ? `${sentence} A template must be quoted (\`"{{ … }}"\`): quote it.` : sentence;
}

function lineOf(text: string, offset: number): string {
  const start = text.lastIndexOf('\n', offset - 1) + 1;
  const end = text.indexOf('\n', offset);
  return text.slice(start, end === -1 ? undefined : end);
}
