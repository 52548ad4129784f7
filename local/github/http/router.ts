import type { Login } from './login.ts';

/** One request, taken apart; of its login nothing on routes that need none. */
export interface Call extends Login {
  method: string;
  url: URL;
  headers: Headers;
  /** The named parts of the route's path, decoded. */
  params: Record<string, string>;
  /** The parsed JSON body; undefined where there was none. */
  body: unknown;
}

/** Handlers by `METHOD /path/:name`; `:name+` spans slashes. */
export type Routes = Record<string, (call: Call) => Response | Promise<Response>>;

export interface Match {
  /** As it was given: `METHOD /path/:name`. */
  route: string;
  params: Record<string, string>;
  handle: Routes[string];
}

/** Finds the first route for a request; HEAD is answered as GET. */
export function router(routes: Routes): (method: string, path: string) => Match | undefined {
  const compiled = Object.entries(routes).map(([key, handle]) => {
    const [method = '', path = ''] = key.split(' ', 2);
    return { key, method, pattern: compile(path), handle };
  });
  return (method, path) => {
    const wanted = method === 'HEAD' ? 'GET' : method;
    for (const route of compiled) {
      const groups = route.method === wanted ? route.pattern.exec(path)?.groups : undefined;
      if (groups !== undefined) return { route: route.key, params: decode(groups), handle: route.handle };
    }
    return undefined;
  };
}

function compile(path: string): RegExp {
  const source = path
    .replace(/[.]/g, String.raw`\.`)
    .replace(/\/?:(\w+)([+*]?)/g, (whole, name: string, span: string) => {
      const slash = whole.startsWith('/') ? '/' : '';
      if (span === '*') return `(?:${slash}(?<${name}>.*))?`;
      return span === '+' ? `${slash}(?<${name}>.+)` : `${slash}(?<${name}>[^/]+)`;
    });
  // The empty group makes `groups` present on routes without a named part.
  return new RegExp(`^(?<_>)${source}/?$`);
}

function decode(groups: Record<string, string | undefined>): Record<string, string> {
  const params: Record<string, string> = {};
  for (const [name, value] of Object.entries(groups)) {
    if (value !== undefined && name !== '_') params[name] = decodeURIComponent(value);
  }
  return params;
}
