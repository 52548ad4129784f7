import type { PullRequestRef } from '../domain/pull-request.ts';
import { formatRef } from '../domain/pull-request.ts';
import { ClientError } from './exit-codes.ts';

/** The end of what needs an open workflow and found none. */
export function noPreview(ref: PullRequestRef, cause?: Error): ClientError {
  const options = cause === undefined ? {} : { cause };
  return new ClientError('notFound', `There is no preview of ${formatRef(ref)}`, options);
}
