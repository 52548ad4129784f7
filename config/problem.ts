import type { FailureType, Problem } from '../domain/failures.ts';

export type Path = readonly (string | number)[];

/** What reading a config came to: everything that is wrong with it, or its value and what is odd about it. */
export type Parsed<T> =
  | { readonly ok: true; readonly value: T; readonly warnings: string[] }
  | { readonly ok: false; readonly problems: Problem[] };

/** Something wrong at one place of a file; position and file are added where they are known. */
export interface Fault {
  readonly path: Path;
  /** What was expected, what was found, what to do. */
  readonly message: string;
  /** Offset in the text, where the fault lies outside the tree or at a key. */
  readonly offset?: number;
  /** The fault is the key that ends the path, not its value. */
  readonly atKey?: boolean;
}

/** Where a fault lies, as people look it up: `preview.yaml:12:7: services.ui.values.image.tag`. */
export interface Locate {
  (fault: Fault): { readonly line: number; readonly column: number } | null;
}

/** Faults as problems, in the order of the file. */
export function toProblems(
  faults: readonly Fault[],
  from: { readonly type: FailureType; readonly file: string; readonly locate: Locate },
): Problem[] {
  const located = faults.map((fault) => ({ fault, at: from.locate(fault) }));
  located.sort((one, other) => order(one.at) - order(other.at));
  return located.map(({ fault, at }) => {
    const position = at ? `:${at.line}:${at.column}` : '';
    const path = formatPath(fault.path);
    return {
      type: from.type,
      where: `${from.file}${position}${path === '' ? '' : `: ${path}`}`,
      message: fault.message,
    };
  });
}

/** Faults that show only when templates are filled in: of `preview.yaml`, without a position. */
export function unlocatedProblems(faults: readonly Fault[]): Problem[] {
  return toProblems(faults, { type: 'InvalidPreviewConfig', file: 'preview.yaml', locate: () => null });
}

/** `services.ui.values.env[0].name`; keys that are no plain words are quoted. */
export function formatPath(path: Path): string {
  return path
    .map((step, index) => {
      if (typeof step === 'number') return `[${step}]`;
      if (!/^[\w$-]+$/.test(step)) return `[${JSON.stringify(step)}]`;
      return index === 0 ? step : `.${step}`;
    })
    .join('');
}

/** Faults in one line, each with its path; those of the whole stand alone. */
export function faultsInWords(faults: readonly Fault[]): string {
  return faults
    .map(({ path, message }) => (path.length === 0 ? message : `\`${formatPath(path)}\`: ${message}`))
    .join(' ');
}

function order(at: { readonly line: number; readonly column: number } | null): number {
  return at ? at.line * 100_000 + at.column : 0;
}
