import { CancelledFailure } from '@temporalio/common';
import { describe, expect, test } from 'vitest';
import { createRegistryActivities } from '../../../activities/registry/activities.ts';
import { activityEnvironment } from '../environment.ts';
import { answerImage, closedUrl, commit, request, resolve, serve } from './support.ts';

const image = 'ghcr.example/owner/name';

describe('a registry that wants a token', () => {
  /** Hands out tokens like ghcr.io: anonymous ones for what is public, others for a login. */
  async function tokenRegistry({ login }: { login: string | null }) {
    let handedOut = 0;
    const served = await serve((asked, response) => {
      const url = new URL(asked.url ?? '', 'http://x');
      if (url.pathname === '/token') {
        if (asked.headers.authorization !== undefined && asked.headers.authorization !== login) {
          response.writeHead(403).end();
        } else if (login !== null && asked.headers.authorization === undefined) {
          response.end(JSON.stringify({ token: 'anonymous' }));
        } else response.end(JSON.stringify({ token: `token-${++handedOut}` }));
      } else if (asked.headers.authorization?.startsWith('Bearer token-')) answerImage(asked, response);
      else {
        const realm = `${served.url}/token`;
        const challenge = `Bearer realm="${realm}",service="ghcr.example",scope="repository:owner/name:pull"`;
        response.writeHead(401, { 'www-authenticate': challenge }).end();
      }
    });
    return served;
  }

  test('is given one, anonymously, for the one repository', async () => {
    const { options, asked } = await tokenRegistry({ login: null });
    expect(await resolve(options, [request(image)])).toMatchObject({ images: { ui: { main: {} } } });
    const token = asked.find(({ url }) => url?.startsWith('/token'));
    expect(token?.url).toBe('/token?service=ghcr.example&scope=repository%3Aowner%2Fname%3Apull');
    expect(token?.headers.authorization).toBeUndefined();
  });

  test('gets the login of its host and of no other', async () => {
    const login = `Basic ${Buffer.from('me:canary').toString('base64')}`;
    const { options, asked } = await tokenRegistry({ login });
    const credentials = (host: string) =>
      host === 'ghcr.example' ? { username: 'me', password: 'canary' } : null;
    expect(await resolve({ ...options, credentials }, [request(image)])).toMatchObject({
      images: { ui: { main: {} } },
    });
    expect(
      asked
        .filter(({ headers }) => headers.authorization === login)
        .every(({ url }) => url?.startsWith('/token')),
    ).toBe(true);
    const other = await resolve({ ...options, credentials: () => null }, [request(image)]);
    expect(other).toMatchObject({ images: {}, missing: [{ reason: 'missing' }], problems: [] });
  });

  test('that refuses our login is a problem that names the user, not the password', async () => {
    const { options } = await tokenRegistry({ login: 'Basic other' });
    const credentials = () => ({ username: 'me', password: 'canary' });
    const { problems, missing } = await resolve({ ...options, credentials }, [request(image)]);
    expect(missing).toEqual([]);
    expect(problems).toMatchObject([
      { type: 'RegistryDenied', where: 'preview.yaml: services.ui.images.main' },
    ]);
    expect(problems[0]?.message).toContain('user me');
    expect(problems[0]?.message).not.toContain('canary');
  });

  test('is not followed into the clear', async () => {
    const fetched: string[] = [];
    const fetch = (url: string | URL | Request): Promise<Response> => {
      fetched.push(typeof url === 'string' ? url : '');
      const headers = { 'www-authenticate': 'Bearer realm="http://evil.example/token"' };
      return Promise.resolve(new Response(null, { status: 401, headers }));
    };
    const credentials = () => ({ username: 'me', password: 'canary' });
    const { problems } = await resolve({ fetch, credentials }, [request(image)]);
    expect(problems).toMatchObject([{ type: 'RegistryDenied' }]);
    expect(fetched).toEqual(['https://ghcr.example/v2/owner/name/manifests/pr-1']);
  });

  test('takes a new one when the old one is no longer good', async () => {
    let good = 0;
    const served = await serve((asked, response) => {
      if (asked.url?.startsWith('/token')) response.end(JSON.stringify({ access_token: `t${++good}` }));
      else if (asked.headers.authorization === `Bearer t${good}` && good !== 1) answerImage(asked, response);
      else if (asked.headers.authorization === 'Bearer t1' && asked.method === 'HEAD')
        answerImage(asked, response);
      else response.writeHead(401, { 'www-authenticate': `Bearer realm="${served.url}/token"` }).end();
    });
    expect(await resolve(served.options, [request(image)])).toMatchObject({ images: { ui: { main: {} } } });
    expect(good).toBe(2);
  });
});

describe('a registry that is not well', () => {
  test('is asked again, and is well again', async () => {
    let unwell = 2;
    const { options } = await serve((asked, response) => {
      if (unwell-- > 0) response.writeHead(unwell === 1 ? 429 : 503, { 'retry-after': '0' }).end();
      else answerImage(asked, response);
    });
    expect(await resolve(options, [request(image)])).toMatchObject({ images: { ui: { main: {} } } });
  });

  test('that wants to be left alone is left to Temporal for as long', async () => {
    const { options, asked } = await serve((_, response) =>
      response.writeHead(429, { 'retry-after': '120' }).end(),
    );
    await expect(resolve(options, [request(image)])).rejects.toMatchObject({
      type: 'RegistryUnavailable',
      nonRetryable: false,
      nextRetryDelay: 120_000,
    });
    expect(asked).toHaveLength(1);
  });

  test.each([
    { name: 'answers 500', answer: 500 },
    { name: 'cuts the line', answer: null },
  ])('and $name gives up after a few tries', async ({ answer }) => {
    const { options, asked } = await serve((request, response) => {
      if (answer === null) request.socket.destroy();
      else response.writeHead(answer).end();
    });
    const failed = resolve(options, [request(image)]);
    await expect(failed).rejects.toMatchObject({ type: 'RegistryUnavailable', nonRetryable: false });
    expect(asked.length).toBeGreaterThan(1);
  });

  test('is told as such when nobody listens', async () => {
    const registries = [
      { host: 'ghcr.example', url: await closedUrl(), pullSecret: null, deleteImages: false },
    ];
    await expect(resolve({ registries }, [request(image)])).rejects.toMatchObject({
      type: 'RegistryUnavailable',
    });
  });

  test('and lies about content is not believed', async () => {
    const { options } = await serve((asked, response) => {
      response.setHeader('docker-content-digest', `sha256:${'1'.repeat(64)}`);
      response.end(asked.method === 'HEAD' ? undefined : '{}');
    });
    await expect(resolve(options, [request(image)])).rejects.toMatchObject({ type: 'RegistryUnavailable' });
  });

  test.each([401, 403, 404])(
    'or keeps an image to itself looks like one that has none: %i',
    async (status) => {
      const { options } = await serve((_, response) => response.writeHead(status).end());
      expect(await resolve(options, [request(image)])).toMatchObject({
        images: {},
        missing: [{ reason: 'missing' }],
        problems: [],
      });
    },
  );

  test('and tells no digest is asked for the content', async () => {
    const { options } = await serve((asked, response) => {
      answerImage(asked, {
        setHeader: (name: string, value: string) => {
          if (name !== 'docker-content-digest') response.setHeader(name, value);
        },
        end: (content: string) => response.end(content),
      } as never);
    });
    expect(await resolve(options, [request(image)])).toMatchObject({ images: { ui: { main: {} } } });
  });

  test('is not waited for after a cancellation', async () => {
    const { options, asked } = await serve(() => undefined);
    const activities = createRegistryActivities({ ...options, fetch });
    const environment = activityEnvironment();
    const settled = environment
      .run(() => activities.resolveImages({ requests: [request(image)], commit }))
      .catch((error: unknown) => error);
    await expect.poll(() => asked.length).toBe(1);
    environment.cancel();
    expect(await settled).toBeInstanceOf(CancelledFailure);
  });

  test('is not asked again after a cancellation', async () => {
    const { options } = await serve(() => undefined);
    const environment = activityEnvironment();
    const busy = (): Promise<Response> => {
      setTimeout(() => environment.cancel(), 20);
      return Promise.resolve(new Response(null, { status: 429, headers: { 'retry-after': '4' } }));
    };
    const activities = createRegistryActivities({ ...options, fetch: busy });
    const asking = environment.run(() => activities.resolveImages({ requests: [request(image)], commit }));
    await expect(asking).rejects.toBeInstanceOf(CancelledFailure);
  });
});

test('what a digest names is asked for once, however often it is looked at', async () => {
  const { options, asked } = await serve(answerImage);
  const activities = createRegistryActivities({ ...options, fetch });
  for (let look = 0; look < 3; look++) {
    await activityEnvironment().run(() => activities.resolveImages({ requests: [request(image)], commit }));
  }
  expect(asked.map(({ method }) => method)).toEqual(['HEAD', 'GET', 'GET', 'HEAD', 'HEAD']);
});
