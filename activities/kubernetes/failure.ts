import { TemporalFailure } from '@temporalio/common';
import { failure, type FailureOptions } from '../failure.ts';
import type { FailureType } from '../../domain/failures.ts';
import { ApiError, isDeniedByRights, isInvalid, isTerminating, NoAnswer } from './api-error.ts';

/** A policy, a webhook, Pod Security or a quota said no. */
const admission =
  /ValidatingAdmissionPolicy|MutatingAdmissionPolicy|admission webhook|violates PodSecurity|exceeded quota/;

/**
 * The failure an error of the cluster stands for. Failures and cancellations pass through untouched; what did not
 * come from the cluster does too.
 *
 * @param doing what was wanted, to be read after "while": `applying the quota of preview-7`.
 * @param invalid type of the failure when the server calls the object invalid; default `Bug`, as the worker wrote it.
 */
export function clusterFailure(error: unknown, doing: string, invalid: FailureType = 'Bug'): unknown {
  if (error instanceof TemporalFailure) return error;
  if (error instanceof NoAnswer) {
    const message = `The Kubernetes API server did not answer while ${doing}: ${error.message}.`;
    return failure('ClusterUnavailable', message, { cause: error });
  }
  if (!(error instanceof ApiError)) return error;
  const type = typeOf(error, invalid);
  const options: FailureOptions = {
    cause: error,
    ...(error.retryAfterMs === null ? {} : { retryAfterMs: error.retryAfterMs }),
  };
  return failure(
    type,
    `${leads[type] ?? 'The cluster refused'} while ${doing}: ${oneLine(error.message)}`,
    options,
  );
}

/** Runs an operation and throws its cluster errors as failures. */
export async function mapped<T>(doing: string, operation: () => Promise<T>): Promise<T> {
  try {
    return await operation();
  } catch (error) {
    throw clusterFailure(error, doing);
  }
}

/** The part of an admission refusal that its policy wrote. */
export function policyMessage(message: string): string {
  const denied = /denied (?:the )?request(?: \(matched validation rule\))?: (.*)$/s.exec(message);
  return oneLine(denied?.[1] ?? message);
}

/** One line, at most 600 characters. */
export function oneLine(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim();
  return line.length > 600 ? `${line.slice(0, 599)}…` : line;
}

const leads: Partial<Record<FailureType, string>> = {
  AdmissionDenied: 'The cluster’s admission refused',
  ClusterDenied: 'The worker lacks the right',
  ClusterConflict: 'Something changed',
  ClusterUnavailable: 'The Kubernetes API server is not well',
  NamespaceTerminating: 'The namespace is going away',
};

function typeOf(error: ApiError, invalid: FailureType): FailureType {
  if (isTerminating(error)) return 'NamespaceTerminating';
  if (error.message.includes('status unknown for quota')) return 'ClusterConflict';
  if (admission.test(error.message)) return 'AdmissionDenied';
  if (isInvalid(error)) return invalid;
  if (error.status === 401 || isDeniedByRights(error)) return 'ClusterDenied';
  if (error.status === 403) return 'AdmissionDenied';
  if (error.status === 404 || error.status === 409) return 'ClusterConflict';
  return [408, 429].includes(error.status) || error.status >= 500 ? 'ClusterUnavailable' : 'Bug';
}
