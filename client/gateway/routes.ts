import type { IncomingMessage } from 'node:http';
import type { Answer } from './answer.ts';
import { RequestRefusal } from './refusal.ts';

/** What answers one method of one path. `path` matches all of it; its named groups are handed on, decoded. */
export interface Route {
  readonly method: 'GET' | 'POST';
  readonly path: RegExp;
  readonly answer: (request: IncomingMessage, groups: Readonly<Record<string, string>>) => Promise<Answer>;
}

/** Answers by the first route that fits. @throws {RequestRefusal} 404, 405, and whatever the route throws. */
export async function answerByRoute(routes: readonly Route[], request: IncomingMessage): Promise<Answer> {
  const path = pathOf(request);
  const there = routes.filter((route) => route.path.test(path));
  const route = there.find(({ method }) => method === request.method);
  if (route !== undefined) return await route.answer(request, decoded(route.path.exec(path)?.groups ?? {}));
  if (there.length === 0) throw new RequestRefusal({ status: 404, code: 'path' }, 'there is nothing here');
  const allow = there.map(({ method }) => method).join(', ');
  throw new RequestRefusal({ status: 405, code: 'method', headers: { allow } }, `wanted ${allow}`);
}

/** The path without its query. */
export function pathOf({ url = '/' }: IncomingMessage): string {
  return url.split('?', 1)[0] ?? '/';
}

function decoded(groups: Readonly<Record<string, string>>): Record<string, string> {
  try {
    return Object.fromEntries(
      Object.entries(groups).map(([name, text]) => [name, decodeURIComponent(text)] as const),
    );
  } catch (cause) {
    throw new RequestRefusal({ status: 400, code: 'path' }, 'the path cannot be decoded', { cause });
  }
}
