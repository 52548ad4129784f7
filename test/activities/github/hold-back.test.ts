import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { holdingBack } from '../../../activities/github/hold-back.ts';

/** What GitHub answers, one after another; after the last, always that all is well. */
let answers: { status: number; headers?: Record<string, string>; message?: string }[];
let asked: string[];
beforeEach(() => {
  answers = [];
  asked = [];
  vi.useFakeTimers({ toFake: ['Date'], now: Date.parse('2026-11-27T10:00:00Z') });
});
afterEach(() => {
  vi.useRealTimers();
});

function client() {
  const fetch = holdingBack(async (input) => {
    asked.push(input instanceof Request ? input.url : input.toString());
    const { status, headers, message = '' } = answers.shift() ?? { status: 200 };
    return Response.json({ message }, { status, ...(headers === undefined ? {} : { headers }) });
  });
  return async (login = 'token ghp_x') => {
    const { status, headers } = await fetch('https://api.github.com/user', {
      headers: { authorization: login },
    });
    return [status, headers.get('retry-after')];
  };
}

const pass = (seconds: number) => vi.setSystemTime(Date.now() + seconds * 1000);
const secondary = { status: 403, message: 'You have exceeded a secondary rate limit. Please wait.' };

describe('a client that GitHub told to wait', () => {
  it('asks nothing until then, says how long that is still, and then asks again', async () => {
    answers = [{ status: 403, headers: { 'retry-after': '90' } }];
    const ask = client();
    expect(await ask()).toEqual([403, '90']);
    pass(30);
    expect(await ask()).toEqual([429, '60']);
    expect(await ask()).toEqual([429, '60']);
    pass(59);
    expect(await ask()).toEqual([429, '1']);
    expect(asked).toHaveLength(1);
    pass(1);
    expect(await ask()).toEqual([200, null]);
  });

  it("waits for the hour's new budget where the old one is spent", async () => {
    const reset = String(Date.now() / 1000 + 600);
    answers = [{ status: 403, headers: { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': reset } }];
    const ask = client();
    expect(await ask()).toEqual([403, null]);
    pass(600);
    expect(await ask()).toEqual([429, '1']);
    pass(1);
    expect(await ask()).toEqual([200, null]);
  });

  it('waits a minute where GitHub does not say how long, and twice as long each further time', async () => {
    answers = [secondary, { status: 429 }, secondary];
    const ask = client();
    for (const wait of [60, 120, 240]) {
      expect((await ask())[1]).toBe(String(wait));
      pass(wait - 1);
      expect(await ask()).toEqual([429, '1']);
      pass(1);
    }
    expect(await ask()).toEqual([200, null]);
    answers = [secondary];
    expect(await ask()).toEqual([403, '60']);
  });

  it('never waits for much longer than an hour, whatever it was told', async () => {
    answers = [
      { status: 429, headers: { 'retry-after': '99999999' } },
      ...Array.from({ length: 20 }, () => ({ status: 429 })),
    ];
    const ask = client();
    await ask();
    expect(Number((await ask())[1])).toBe(3660);
    pass(3660);
    for (let time = 0; time < 20; time += 1) {
      const wait = Number((await ask())[1]);
      expect(wait).toBeLessThanOrEqual(3660);
      pass(wait);
    }
    expect(asked).toHaveLength(21);
  });

  it('asks on for other logins, and takes what an App signs for one', async () => {
    answers = [{ status: 429, headers: { 'retry-after': '60' } }];
    const ask = client();
    await ask('bearer eyJhbGciOiJSUzI1NiJ9.one');
    expect(await ask('bearer eyJhbGciOiJSUzI1NiJ9.two')).toEqual([429, '60']);
    expect(await ask('token ghs_one')).toEqual([200, null]);
  });

  it('is not told so by an answer that was under way before', async () => {
    const slow = Promise.withResolvers<Response>();
    const fetch = holdingBack(async (input) => {
      const url = input instanceof Request ? input.url : input.toString();
      return url.endsWith('/slow') ? slow.promise : Response.json({}, { status: 429 });
    });
    const before = fetch('https://api.github.com/slow');
    expect((await fetch('https://api.github.com/user')).headers.get('retry-after')).toBe('60');
    slow.resolve(Response.json({}));
    expect((await before).status).toBe(200);
    pass(59);
    expect((await fetch('https://api.github.com/user')).headers.get('retry-after')).toBe('1');
  });
});

describe('an answer that is no limit', () => {
  it.each([
    { status: 403, message: 'Resource not accessible by integration' },
    { status: 403, headers: { 'x-ratelimit-remaining': '4999' } },
    { status: 401 },
    { status: 404 },
    { status: 502 },
  ])('does not keep from asking: %o', async (answer) => {
    answers = [answer];
    const ask = client();
    expect((await ask())[0]).toBe(answer.status);
    expect((await ask())[0]).toBe(200);
  });
});
