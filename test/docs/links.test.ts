import { glob, readFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { marked, type Token, type Tokens } from 'marked';
import { expect, test } from 'vitest';

const root = join(import.meta.dirname, '../..');

const pages: string[] = [];
for await (const page of glob('**/*.md', { cwd: root, exclude: (name) => name === 'node_modules' }))
  pages.push(page);

test('there are pages to look at', () => {
  expect(pages).toContain('AGENTS.md');
  expect(pages).toContain('docs/concepts.md');
});

test.each(pages)('every link of %s leads to a file and a heading that are there', async (page) => {
  const text = await readFile(join(root, page), 'utf8');
  const broken: string[] = [];
  for (const href of linksOf(text)) {
    const [path = '', heading] = href.split('#');
    const target = path === '' ? page : relative(root, join(root, dirname(page), decodeURIComponent(path)));
    if (!existsSync(join(root, target))) broken.push(`${href}: there is no ${target}`);
    else if (heading !== undefined && !(await headingsOf(target)).includes(heading))
      broken.push(`${href}: ${target} has no such heading`);
  }
  expect(broken).toEqual([]);
});

test.each(pages)('every file that %s names by its path is there', async (page) => {
  const text = await readFile(join(root, page), 'utf8');
  const missing = namedFiles(text).filter(
    (path) => !existsSync(join(root, path)) && !existsSync(join(root, dirname(page), path)),
  );
  expect(missing).toEqual([]);
});

/** Targets inside the repository. */
function linksOf(markdown: string): string[] {
  const found: string[] = [];
  void marked.walkTokens(marked.lexer(markdown), (token: Token) => {
    if (token.type === 'link' || token.type === 'image') found.push((token as Tokens.Link).href);
  });
  return found.filter((href) => !/^(?:[a-z]+:|\/\/)/i.test(href));
}

/** Words in code font that are a path below one of the folders, or a file of the root. */
function namedFiles(markdown: string): string[] {
  const found: string[] = [];
  void marked.walkTokens(marked.lexer(markdown), (token: Token) => {
    if (token.type === 'codespan') found.push((token as Tokens.Codespan).text);
  });
  return found
    .filter((word) => /^(?:[\w.-]+\/)+(?:[\w.-]+)?$/.test(word) && folders.includes(word.split('/')[0] ?? ''))
    .map((word) => word.replace(/\/$/, ''));
}

const folders = [
  'activities',
  'charts',
  'client',
  'config',
  'docs',
  'domain',
  'examples',
  'local',
  'test',
  'tools',
  'workflows',
];

/** Anchors as GitHub makes them: lower case, punctuation dropped, blanks to hyphens. */
async function headingsOf(page: string): Promise<string[]> {
  const found: string[] = [];
  void marked.walkTokens(marked.lexer(await readFile(join(root, page), 'utf8')), (token: Token) => {
    if (token.type === 'heading')
      found.push(
        (token as Tokens.Heading).text
          .toLowerCase()
          .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
          .replaceAll(' ', '-'),
      );
  });
  return found;
}
