import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { readInputs } from '../../client/action/inputs.ts';
import { outputsOf } from '../../client/action/outputs.ts';

const root = join(import.meta.dirname, '../..');
const docs = await readFile(join(root, 'docs/action.md'), 'utf8');
const action = parse(await readFile(join(root, 'action.yml'), 'utf8')) as {
  readonly inputs: Readonly<Record<string, { readonly default?: string }>>;
  readonly outputs: Readonly<Record<string, unknown>>;
  readonly runs: { readonly using: string; readonly main: string };
};

test('the action reads every input that its file declares, and no other', () => {
  const read = new Set<string>();
  for (const endpoint of ['https://previews.example.com', '']) {
    readInputs(
      (name) => {
        read.add(name);
        return name === 'endpoint' ? endpoint : '';
      },
      { TEMPORAL_ADDRESS: 'temporal:7233' },
    );
  }
  expect([...read].sort()).toEqual(Object.keys(action.inputs).sort());
});

test('the defaults of its file can be used as they are', () => {
  const given = (name: string): string => action.inputs[name]?.default ?? '';
  expect(readInputs(given, { TEMPORAL_ADDRESS: 'temporal:7233' })).toMatchObject({
    command: 'event',
    waitMs: null,
  });
});

test('the action writes every output that its file declares, and no other', () => {
  expect(Object.keys(outputsOf({ kind: 'absent' }, 'id')).sort()).toEqual(Object.keys(action.outputs).sort());
});

test('the page lists every input and output', () => {
  const [, inputs = ''] = docs.split('\n## Inputs\n');
  const [, outputs = ''] = docs.split('\n## Outputs\n');
  expect(firstCells(inputs)).toEqual(Object.keys(action.inputs));
  expect(firstCells(outputs)).toEqual(Object.keys(action.outputs));
});

/** What stands in code font at the beginning of a row, up to the next heading. */
function firstCells(text: string): string[] {
  const [part = ''] = text.split('\n## ');
  return [...part.matchAll(/^\| `([^`]+)`/gm)].map(([, cell]) => cell ?? '');
}
