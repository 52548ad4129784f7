import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { html, trusted } from './html.ts';
import type { Html } from './html.ts';

const style = readFileSync(new URL('style.css', import.meta.url), 'utf8');

/** Looks for a newer version every two seconds and shows it, so that a reader's scroll and folds stay. */
const refresh = `
  let shown = document.querySelector('main').innerHTML;
  setInterval(async () => {
    const answer = await fetch(location.href).catch(() => undefined);
    if (!answer?.ok) return;
    const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
    const fresh = page.querySelector('main').innerHTML;
    if (fresh === shown) return;
    shown = fresh;
    document.querySelector('main').replaceWith(page.querySelector('main'));
  }, 2000);
`;

/** A whole page. */
export function pageOf({ title, main }: { title: string; main: Html }): Response {
  const nonce = randomBytes(12).toString('base64');
  const page = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width" />
        <title>${title}</title>
        <style>
          ${trusted(style)}
        </style>
      </head>
      <body>
        <header><a href="/">GitHub stand-in</a> <span>local; nothing here reaches github.com</span></header>
        <main>${main}</main>
        <script type="module" nonce="${nonce}">
          ${trusted(refresh)};
        </script>
      </body>
    </html>`;
  return new Response(page.html, {
    headers: {
      'content-type': 'text/html; charset=utf-8',
      // Comments are sanitised; this holds should the sanitiser miss something.
      'content-security-policy': [
        "default-src 'none'",
        "style-src 'unsafe-inline'",
        `script-src 'nonce-${nonce}'`,
        "connect-src 'self'",
        'img-src http: https: data:',
      ].join('; '),
    },
  });
}
