import type { PreviewConfig, ServiceConfig } from '../domain/config.ts';
import { createTemplateEngine, isTemplate, TemplateFault } from './liquid.ts';
import type { Fault, Path } from './problem.ts';
import { knownVariables, variableFault } from './variables.ts';

/** A text of a service that is a template, and where it stands. */
interface TemplateText {
  readonly path: Path;
  readonly text: string;
  readonly atKey: boolean;
}

/** Every template that cannot be read or names a variable that does not exist, whichever branch it stands in. */
export function templateFaults(preview: PreviewConfig): Fault[] {
  const engine = createTemplateEngine();
  return Object.entries(preview.services).flatMap(([name, service]) => {
    const path = ['services', name];
    const plain = knownVariables(preview, null);
    const full = knownVariables(preview, name);
    const check = (known: readonly string[]) => (text: TemplateText) => textFaults(text, { engine, known });
    return [
      ...plainTexts(service, path).flatMap(check(plain)),
      ...templateTexts(service.values, [...path, 'values']).flatMap(check(full)),
    ];
  });
}

/** Whether any template in what was written names a variable of this group, for example `database`. */
export function usesGroup(values: unknown, group: string): boolean {
  const engine = createTemplateEngine();
  return templateTexts(values, []).some(({ text }) => {
    try {
      return engine.variables(text).some((segments) => segments[0] === group);
    } catch {
      return false;
    }
  });
}

function plainTexts({ release, images }: ServiceConfig, path: Path): TemplateText[] {
  const imageTexts = Object.entries(images).flatMap(([key, { repository, tag, fallback }]) => {
    const start = [...path, 'images', key];
    return templateTexts({ repository, tag, fallback }, start);
  });
  return [...templateTexts(release, [...path, 'release']), ...imageTexts];
}

function templateTexts(value: unknown, path: Path): TemplateText[] {
  if (typeof value === 'string') return isTemplate(value) ? [{ path, text: value, atKey: false }] : [];
  if (Array.isArray(value)) return value.flatMap((item, index) => templateTexts(item, [...path, index]));
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, item]) => {
    const inside = templateTexts(item, [...path, key]);
    return isTemplate(key) ? [{ path: [...path, key], text: key, atKey: true }, ...inside] : inside;
  });
}

function textFaults(
  { path, text, atKey }: TemplateText,
  {
    engine,
    known,
  }: { readonly engine: ReturnType<typeof createTemplateEngine>; readonly known: readonly string[] },
): Fault[] {
  try {
    const messages = engine.variables(text).map((segments) => variableFault(segments, known));
    const distinct = new Set(messages.filter((message) => message !== null));
    return [...distinct].map((message) => ({ path, message, atKey }));
  } catch (error) {
    if (error instanceof TemplateFault) return [{ path, message: error.message, atKey }];
    throw error;
  }
}
