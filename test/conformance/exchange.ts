/** One request and its answer, as they went over the wire. */
export interface Exchange {
  readonly method: string;
  /** Path and query below the API's root. */
  readonly path: string;
  /** Parsed from JSON; undefined where there was none. */
  readonly sent: unknown;
  readonly status: number;
  readonly headers: Headers;
  /** Parsed from JSON where it says that it is JSON; undefined where there was none. */
  readonly answered: unknown;
}

/** A `fetch` that keeps what goes over it. Redirects are kept as they come, and followed. */
export function recording(root: string, exchanges: Exchange[]): typeof fetch {
  return async (input, init) => {
    const url = input instanceof Request ? input.url : input.toString();
    const answer = await fetch(input, { ...init, redirect: 'manual' });
    const text = isJson(answer) ? await answer.clone().text() : '';
    exchanges.push({
      method: init?.method ?? 'GET',
      path: byName(url.slice(root.length)),
      sent: typeof init?.body === 'string' ? JSON.parse(init.body) : undefined,
      status: answer.status,
      headers: answer.headers,
      answered: text === '' ? undefined : JSON.parse(text),
    });
    const location = answer.headers.get('location');
    return answer.status >= 300 && answer.status < 400 && location !== null ? await fetch(location) : answer;
  };
}

/** GitHub's links to further pages name a repository by its id, which GitHub does not describe. */
function byName(path: string): string {
  return path.replace(/^\/repositories\/\d+\//, '/repos/example/videocall/');
}

function isJson(answer: Response): boolean {
  return /^application\/(?:[\w.+-]+\+)?json\b/.test(answer.headers.get('content-type') ?? '');
}
