import { afterEach, describe, expect, it } from 'vitest';
import type { HealthEndpoint } from '../../worker/health.ts';
import { serveHealth } from '../../worker/health.ts';

let endpoint: HealthEndpoint;
afterEach(async () => await endpoint.close());

async function ask(path: string, source: { dead?: string; unready?: string } = {}) {
  endpoint = await serveHealth(
    { host: '127.0.0.1', port: 0 },
    { dead: () => source.dead ?? null, unready: () => source.unready ?? null },
  );
  const answer = await fetch(`http://127.0.0.1:${endpoint.port}${path}`);
  return [answer.status, (await answer.text()).trim()];
}

describe('the health endpoint of the worker', () => {
  it('says ok while it lives and polls', async () => {
    expect(await ask('/healthz')).toEqual([200, 'ok']);
  });

  it('says why it is not ready, and is alive all the same', async () => {
    expect(await ask('/readyz', { unready: 'the worker is draining' })).toEqual([
      503,
      'the worker is draining',
    ]);
    await endpoint.close();
    expect(await ask('/healthz', { unready: 'the worker is draining' })).toEqual([200, 'ok']);
  });

  it('says why it is to be restarted', async () => {
    expect(await ask('/healthz', { dead: 'the worker is failed' })).toEqual([503, 'the worker is failed']);
  });

  it('says what there is at any other address', async () => {
    expect(await ask('/metrics')).toEqual([404, 'there are /healthz and /readyz']);
  });
});
