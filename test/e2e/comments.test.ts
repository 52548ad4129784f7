import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { renderMarkdown } from '../../local/github/pages/markdown.ts';
import { openBrowser } from './browser.ts';

const folder = join(import.meta.dirname, '../domain/comments');
const names = (await readdir(folder)).filter((name) => name.endsWith('.md'));

describe('the comment in Chromium', () => {
  let browser: Browser;
  let page: Page;

  beforeAll(async () => {
    browser = await openBrowser();
    page = await browser.newPage();
  });

  afterAll(async () => {
    await browser.close();
  });

  it.each(names)('%s shows heading, tables and links, and no Markdown or HTML of its own', async (name) => {
    await page.setContent(renderMarkdown(await readFile(join(folder, name), 'utf8')).html);
    const heading = await page.locator('h3').innerText();
    expect(heading).toMatch(/^(Preview|Update) \w/);
    expect(await page.locator('table').first().locator('tr').first().innerText()).toMatch(/^State\s+\S/);
    for (const link of await page.locator('a').all())
      expect(await link.innerText()).toBe(((await link.getAttribute('href')) ?? '').replace(/\/$/, ''));
    // what is folded is not in the way, and there when it is opened
    for (const details of await page.locator('details').all()) {
      expect(await details.locator('summary ~ *').first().isVisible()).toBe(false);
      await details.locator('summary').click();
      expect(await details.locator('summary ~ *').first().isVisible()).toBe(true);
    }
    const text = await page.locator('body').innerText();
    expect(text).not.toMatch(/\| ---|\*\*|<\/?(?:a|br|code|details|summary|table|td|tr)\b|^#+ /m);
  });
});
