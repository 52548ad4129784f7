import { CancelledFailure } from '@temporalio/common';
import { describe, expect, it } from 'vitest';
import { failure } from '../../../activities/failure.ts';
import { postgresFailure } from '../../../activities/postgres/failure.ts';

function serverError(code: string, message = 'something'): Error {
  return Object.assign(new Error(message), { code, severity: 'ERROR' });
}

function systemError(code: string): Error {
  return Object.assign(new Error(`connect ${code}`), { code });
}

describe('postgresFailure', () => {
  it.each([
    ['28P01', 'DatabaseDenied', true],
    ['42501', 'DatabaseDenied', true],
    ['3D000', 'DatabaseDenied', true],
    ['23505', 'DatabaseBusy', false],
    ['42P04', 'DatabaseBusy', false],
    ['42710', 'DatabaseBusy', false],
    ['53300', 'DatabaseBusy', false],
    ['53100', 'DatabaseBusy', false],
    ['55006', 'DatabaseBusy', false],
    ['40001', 'DatabaseBusy', false],
    ['XX000', 'DatabaseBusy', false],
    ['57P01', 'DatabaseUnavailable', false],
    ['57P03', 'DatabaseUnavailable', false],
    ['08006', 'DatabaseUnavailable', false],
    ['25006', 'DatabaseUnavailable', false],
    ['42601', 'Bug', true],
    ['25001', 'Bug', true],
  ])('makes SQLSTATE %s a failure of type %s', (code, type, nonRetryable) => {
    expect(postgresFailure(serverError(code))).toMatchObject({ type, nonRetryable });
  });

  it.each(['ECONNREFUSED', 'ECONNRESET', 'ENOTFOUND', 'ETIMEDOUT', 'EAI_AGAIN', 'EPIPE', 'EPERM'])(
    'takes %s for a server that is away',
    (code) => expect(postgresFailure(systemError(code))).toMatchObject({ type: 'DatabaseUnavailable' }),
  );

  it('names the system error when the driver gives no text', () => {
    const error = Object.assign(new AggregateError([]), { code: 'ECONNREFUSED' });
    expect(postgresFailure(error)).toMatchObject({
      message: expect.stringContaining('ECONNREFUSED') as string,
    });
  });

  it('takes a mistake in our own code for a bug', () => {
    expect(postgresFailure(new TypeError('x is undefined'))).toMatchObject({ type: 'Bug' });
  });

  it('passes our own failures and cancellation on untouched', () => {
    const ours = failure('DatabaseNotOurs', 'is not ours');
    const cancelled = new CancelledFailure('CANCELLED');
    expect(postgresFailure(ours)).toBe(ours);
    expect(postgresFailure(cancelled)).toBe(cancelled);
  });

  it('keeps the cause, but neither literals, statement nor values', () => {
    const error = Object.assign(serverError('42601', `syntax error at or near 'hidden-word'\nmore`), {
      query: 'hidden-word',
      internalQuery: 'hidden-word',
      parameters: ['hidden-word'],
    });
    const failed = postgresFailure(error);
    expect(failed.cause).toMatchObject({ code: '42601' });
    expect([failed.stack, JSON.stringify(failed), (failed.cause as Error).stack].join()).not.toContain(
      'hidden-word',
    );
  });
});
