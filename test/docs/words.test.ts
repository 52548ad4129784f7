import { glob, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { commands } from '../../client/cli/commands.ts';
import { exitCodes } from '../../client/exit-codes.ts';
import { commandHelp } from '../../domain/command.ts';
import { deployerKinds } from '../../domain/manifest-kinds.ts';
import { searchAttributes } from '../../domain/search-attributes.ts';
import { phases } from '../../domain/status.ts';
import * as messages from '../../workflows/messages.ts';
import * as workflows from '../../workflows/index.ts';

const root = join(import.meta.dirname, '../..');
const concepts = await page('concepts');
const operations = await page('operations');
const limits = await page('limits');
const commandsPage = await page('commands');

test('the concepts explain every phase', () => {
  expect(firstCells(concepts)).toEqual(expect.arrayContaining([...phases]));
});

test('the concepts list every message and every workflow type', () => {
  const names = Object.entries(messages).flatMap(([name, message]) =>
    /(?:Signal|Update|Query)$/.test(name) && typeof message === 'object' && 'name' in message
      ? [message.name]
      : [],
  );
  expect(names.length).toBeGreaterThan(3);
  expect(firstCells(concepts)).toEqual(expect.arrayContaining([...names, ...Object.keys(workflows)]));
});

test('the operations page has every command and exactly the exit codes there are', () => {
  const names = commands.map(({ usage }) => usage);
  expect(firstCells(operations)).toEqual(expect.arrayContaining(names));
  const rows = [...operations.matchAll(/^\| (\d+) \| `(\w+)` \|/gm)].map(([, code, name]) => [
    name,
    Number(code),
  ]);
  expect(Object.fromEntries(rows)).toEqual(exitCodes);
});

test('the operations page registers the search attributes there are', () => {
  const wanted = Object.entries(searchAttributes).map(([name, type]) => `${name}=${type.toLowerCase()}`);
  const found = [...operations.matchAll(/--name (\w+) --type (\w+)/g)];
  expect(found.map(([, name, type]) => `${name}=${type?.toLowerCase()}`)).toEqual(wanted);
});

test('the operations page has every environment variable of worker and command line', async () => {
  const named = new Set<string>();
  for await (const file of glob('{worker,client,activities}/**/*.ts', { cwd: root })) {
    const text = await readFile(join(root, file), 'utf8');
    for (const [name] of text.matchAll(
      /\b(?:PREVIEW|GITHUB|DATABASE|REGISTRY|TEMPORAL)_[A-Z_]*[A-Z]\b|\bKUBECONFIG\b/g,
    ))
      named.add(name);
  }
  expect(named.size).toBeGreaterThan(10);
  expect([...named].filter((name) => !operations.includes(name))).toEqual([]);
});

test('the page of commands has every command as a person is told it', () => {
  expect(firstCells(commandsPage)).toEqual(commandHelp.map(([usage]) => usage));
});

test('the index of decisions has every record', async () => {
  const index = await readFile(join(root, 'docs/decisions/README.md'), 'utf8');
  const records = await readdir(join(root, 'docs/decisions'));
  expect(records.filter((name) => name !== 'README.md' && !index.includes(`](${name})`))).toEqual([]);
});

test('the limits list every kind that a preview may create', () => {
  for (const kind of Object.values(deployerKinds).flat()) expect(limits).toContain(kind);
});

async function page(name: string): Promise<string> {
  return await readFile(join(root, 'docs', `${name}.md`), 'utf8');
}

/** What stands in code font at the beginning of a table's row. */
function firstCells(markdown: string): string[] {
  return [...markdown.matchAll(/^\| `([^`]+)`/gm)].map(([, cell]) => cell ?? '');
}
