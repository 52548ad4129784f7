import chromium from '@sparticuz/chromium';
import type { Browser } from 'playwright-core';
import { chromium as playwright } from 'playwright-core';

/** A real Chromium that finds names under .localhost on this machine, as every browser does. */
export async function openBrowser(): Promise<Browser> {
  return playwright.launch({
    executablePath: await chromium.executablePath(),
    args: [...chromium.args, '--host-resolver-rules=MAP *.localhost 127.0.0.1'],
    headless: true,
  });
}
