import type { TemplateEngine } from './liquid.ts';
import { isTemplate, TemplateFault } from './liquid.ts';
import type { Fault, Path } from './problem.ts';

export interface Rendering {
  readonly engine: TemplateEngine;
  readonly scope: object;
  /** Faults are added to it. */
  readonly faults: Fault[];
}

/** Data with every template in it evaluated, keys too; `<<` merges the map that its template gives. Faults leave null. */
export function renderData(value: unknown, path: Path, rendering: Rendering): unknown {
  if (typeof value === 'string') return evaluate(value, path, rendering);
  if (Array.isArray(value)) return value.map((item, index) => renderData(item, [...path, index], rendering));
  return isMap(value) ? renderMap(value, path, rendering) : value;
}

/** A template that must give text. */
export function renderText(text: string, path: Path, rendering: Rendering): string {
  const value = evaluate(text, path, rendering);
  if (typeof value === 'string') return value;
  if (typeof value === 'number') return String(value);
  if (value !== null)
    rendering.faults.push({ path, message: 'Expected text, found a template that gives none.' });
  return '';
}

function renderMap(
  map: Readonly<Record<string, unknown>>,
  path: Path,
  rendering: Rendering,
): Record<string, unknown> {
  const own: Record<string, unknown> = {};
  let merged: Record<string, unknown> = {};
  for (const [source, item] of Object.entries(map)) {
    const inside = [...path, source];
    const value = renderData(item, inside, rendering);
    const key = isTemplate(source) ? renderText(source, inside, rendering) : source;
    if (key === '<<' && isMap(value)) merged = value;
    else if (key === '<<')
      rendering.faults.push({ path: inside, message: 'Expected a template that gives a map to merge.' });
    else if (key === '__proto__' || Object.hasOwn(own, key))
      rendering.faults.push({
        path: inside,
        message: `The key \`${key}\` stands here twice once its templates are filled in.`,
        atKey: true,
      });
    else own[key] = value;
  }
  return { ...merged, ...own };
}

function evaluate(text: string, path: Path, { engine, scope, faults }: Rendering): unknown {
  if (!isTemplate(text)) return text;
  try {
    return engine.evaluate(text, scope);
  } catch (error) {
    if (!(error instanceof TemplateFault)) throw error;
    faults.push({ path, message: error.message });
    return null;
  }
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
