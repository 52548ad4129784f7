import { readFile } from 'node:fs/promises';

/**
 * The text of a template, the file of this name and `.tmpl`, with each `${name}` replaced.
 *
 * @throws if the template names a value that is not given: a forgotten value must not become an empty setting.
 */
export async function renderTemplate(
  file: string,
  values: Readonly<Record<string, string | number>>,
): Promise<string> {
  const template = await readFile(`${file}.tmpl`, 'utf8');
  return template.replaceAll(/\$\{(\w+)\}/g, (placeholder, name: string) => {
    const value = values[name];
    if (value === undefined) throw new Error(`${file} names ${placeholder}, for which there is no value.`);
    return String(value);
  });
}
