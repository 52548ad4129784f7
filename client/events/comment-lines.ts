import { fromMarkdown } from 'mdast-util-from-markdown';

type Node = ReturnType<typeof fromMarkdown>['children'][number];

/** So much of a comment is read, in characters: parsing takes time by its square, and anybody may comment. */
const readAtMost = 4_000;

/** Emphasis and links change nothing here, and cost the most. */
const plain = {
  disable: { null: ['attention', 'labelStartImage', 'labelStartLink', 'labelEnd', 'definition'] },
};

/**
 * The lines of a comment that its author says in plain words: those of its paragraphs, and not what stands in code,
 * quotes, lists, headings or HTML, which GitHub shows as something quoted, listed or not at all. Of a comment longer
 * than 4,000 characters, those of its beginning.
 */
export function plainLines(comment: string): string[] {
  const read = comment.length <= readAtMost ? comment : comment.slice(0, readAtMost).replace(/[^\r\n]*$/, '');
  const lines = read.split(/\r\n|\n|\r/);
  return fromMarkdown(read, { extensions: [plain] }).children.flatMap((node) => {
    if (node.type !== 'paragraph') return [];
    const hidden = new Set(node.children.filter(isVerbatim).flatMap(linesOf));
    return linesOf(node)
      .filter((line) => !hidden.has(line))
      .flatMap((line) => lines[line - 1] ?? []);
  });
}

/** Code or HTML within a paragraph that goes over several lines. */
function isVerbatim(node: Node): boolean {
  return (node.type === 'inlineCode' || node.type === 'html') && linesOf(node).length > 1;
}

/** Numbers of the lines on which a node stands, from 1. */
function linesOf({ position }: Node): number[] {
  if (position === undefined) return [];
  const { start, end } = position;
  return Array.from({ length: end.line - start.line + 1 }, (_, index) => start.line + index);
}
