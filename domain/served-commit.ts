/** What a version endpoint said of the commit it serves. */
export type ServedCommit =
  | { readonly kind: 'commit'; readonly commit: string }
  /** No commit could be read; `detail` says what came instead. */
  | { readonly kind: 'unreadable'; readonly detail: string };

/**
 * Reads the commit from a version endpoint's answer.
 *
 * @param field path of the field, dotted: `build.git_sha`.
 */
export function servedCommit(body: string, field: string): ServedCommit {
  let current = parse(body);
  if (current === undefined)
    return unreadable(`the answer is no JSON: ${JSON.stringify(body.trim().slice(0, 80))}`);
  for (const [index, name] of field.split('.').entries()) {
    if (typeof current !== 'object' || current === null || !Object.hasOwn(current, name)) {
      const path = field
        .split('.')
        .slice(0, index + 1)
        .join('.');
      return unreadable(`the answer has no field ${path}`);
    }
    current = (current as Record<string, unknown>)[name];
  }
  return typeof current === 'string' && current.trim() !== ''
    ? { kind: 'commit', commit: current.trim() }
    : unreadable(`field ${field} is no text: ${(JSON.stringify(current) ?? '').slice(0, 80)}`);
}

/** Whether two commit hashes mean the same commit: equal, or one is the other's beginning of at least 7 digits. */
export function isSameCommit(one: string, other: string): boolean {
  const [short = '', long = ''] = [one.toLowerCase(), other.toLowerCase()].sort(
    (a, b) => a.length - b.length,
  );
  return short.length >= 7 && /^[0-9a-f]+$/.test(short) && long.startsWith(short);
}

function unreadable(detail: string): ServedCommit {
  return { kind: 'unreadable', detail };
}

function parse(body: string): unknown {
  try {
    return JSON.parse(body) as unknown;
  } catch {
    return undefined;
  }
}
