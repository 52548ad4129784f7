import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { flags } from '../../local/flags.ts';
import { renderTemplate } from '../../local/template.ts';

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'template-'));
});

afterAll(() => rm(folder, { recursive: true }));

describe('renderTemplate', () => {
  it('puts every value in its place and leaves other braces alone', async () => {
    await writeFile(join(folder, 'a.tmpl'), 'port: ${port} {{ .name }} $1 ${port}\n');
    expect(await renderTemplate(join(folder, 'a'), { port: 53 })).toBe('port: 53 {{ .name }} $1 53\n');
  });

  it('takes a value as it is, even one that looks like a replacement pattern', async () => {
    await writeFile(join(folder, 'b.tmpl'), '<${value}>');
    expect(await renderTemplate(join(folder, 'b'), { value: "$& $' ${other}" })).toBe("<$& $' ${other}>");
  });

  it('refuses a template that names a value it was not given', async () => {
    await writeFile(join(folder, 'c.tmpl'), '${given} ${forgotten}');
    await expect(renderTemplate(join(folder, 'c'), { given: 'x' })).rejects.toThrow('${forgotten}');
  });
});

describe('flags', () => {
  it('are one argument each, and a list is one flag several times', () => {
    expect(flags({ port: 1, 'leader-elect': false, attribute: ['a=b', 'c=d'] })).toEqual([
      '--port=1',
      '--leader-elect=false',
      '--attribute=a=b',
      '--attribute=c=d',
    ]);
  });
});
