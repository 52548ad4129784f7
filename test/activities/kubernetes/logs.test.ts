import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readLog } from '../../../activities/kubernetes/logs.ts';
import { createFixture, eventually, job, never, testImage } from './fixture.ts';

const fixture = createFixture(1850);
const { operations, clients } = fixture;
const preview = fixture.preview();
let pod: string;

beforeAll(async () => {
  const image = await testImage();
  await fixture.prepare(preview);
  const { namespace } = preview;
  await fixture.deploy(preview, 'talker', [job('talker', { image, args: ['write', '5000'], probe: false })]);
  await operations.awaitReady({ namespace, release: 'talker', timeoutMs: 60_000 }, never);
  pod = await eventually('the pod is listed', async () => {
    const list = await fixture.admin.json<{ items: { metadata: { name: string } }[] }>(
      {
        method: 'GET',
        path: `/api/v1/namespaces/${namespace}/pods`,
        query: { labelSelector: 'job-name=talker' },
      },
      never,
    );
    return list.items[0]?.metadata.name;
  });
});
afterAll(() => fixture.close());

/** The numbers of the lines that were read. */
async function read(tail: { lines: number; limitBytes?: number | null }): Promise<readonly number[]> {
  const { namespace } = preview;
  const text = await readLog(
    clients.worker,
    { namespace, pod, container: 'app', previous: false, ...tail },
    never,
  );
  return text.trimEnd().split('\n').map(Number);
}

describe('The last lines of a log', () => {
  test('are all there, up to the newest, where nothing limits their bytes', async () => {
    const numbers = await read({ lines: 4_000, limitBytes: null });
    expect([numbers.length, numbers[0], numbers.at(-1)]).toEqual([4_000, 1_001, 5_000]);
  });

  test('are whole lines where their bytes are limited', async () => {
    const numbers = await read({ lines: 4_000 });
    expect([numbers.length, numbers[0]]).toEqual([Math.floor((256 * 1024) / 100), 1_001]);
  });
});
