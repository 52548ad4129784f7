import { expect, test } from 'vitest';
import { createSlots } from '../../../activities/helm/slots.ts';

const { signal } = new AbortController();

test('so many work at a time, and all get their turn in order', async () => {
  const slots = createSlots(2);
  let working = 0;
  let most = 0;
  const order: number[] = [];
  const work = (number: number) => async (): Promise<void> => {
    order.push(number);
    most = Math.max(most, ++working);
    await Promise.resolve();
    working -= 1;
    if (number === 3) throw new Error('third');
  };
  const ended = await Promise.allSettled([1, 2, 3, 4, 5].map((number) => slots.run(work(number), signal)));
  expect(most).toBe(2);
  expect(order).toEqual([1, 2, 3, 4, 5]);
  expect(ended.map(({ status }) => status)).toEqual([
    'fulfilled',
    'fulfilled',
    'rejected',
    'fulfilled',
    'fulfilled',
  ]);
});

test('who is cancelled while waiting leaves the queue without using a slot', async () => {
  const slots = createSlots(1);
  const { promise, resolve } = Promise.withResolvers<void>();
  const first = slots.run(() => promise, signal);
  const controller = new AbortController();
  const second = slots.run(() => Promise.reject(new Error('must not run')), controller.signal);
  const third = slots.run(() => Promise.resolve('third'), signal);
  controller.abort(new Error('cancelled'));
  await expect(second).rejects.toThrow('cancelled');
  resolve();
  await first;
  expect(await third).toBe('third');
});

test('whenever a waiting one is cancelled, the next has its turn', async () => {
  for (let ticks = 0; ticks < 12; ticks++) {
    const slots = createSlots(1);
    const { promise, resolve } = Promise.withResolvers<void>();
    const controller = new AbortController();
    const first = slots.run(() => promise, signal);
    const second = slots.run(() => Promise.resolve(), controller.signal).catch(() => null);
    const third = slots.run(() => Promise.resolve('third'), signal);
    resolve();
    for (let tick = 0; tick < ticks; tick++) await Promise.resolve();
    controller.abort(new Error('cancelled'));
    expect(await third).toBe('third');
    await Promise.all([first, second]);
  }
});
