import { Marked } from 'marked';
import sanitize from 'sanitize-html';
import { trusted } from './html.ts';
import type { Html } from './html.ts';

const markdown = new Marked({ gfm: true, breaks: true });

/** Markdown as GitHub shows it in a comment: its dialect, and only the HTML that GitHub lets through. */
export function renderMarkdown(text: string): Html {
  const rendered = markdown.parse(text, { async: false });
  return trusted(
    sanitize(rendered, {
      allowedTags: [
        ...sanitize.defaults.allowedTags,
        'details',
        'summary',
        'del',
        'ins',
        'img',
        'input',
        'picture',
      ],
      allowedAttributes: {
        a: ['href', 'title', 'name'],
        img: ['src', 'alt', 'title', 'width', 'height', 'align'],
        input: [{ name: 'type', multiple: false, values: ['checkbox'] }, 'checked', 'disabled'],
        details: ['open'],
        code: [{ name: 'class', multiple: false, values: ['language-*'] }],
        ol: ['start'],
        '*': ['align'],
      },
      allowedSchemes: ['http', 'https', 'mailto'],
      transformTags: { a: sanitize.simpleTransform('a', { rel: 'nofollow noopener' }) },
    }),
  );
}
