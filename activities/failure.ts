import { ApplicationFailure, ApplicationFailureCategory } from '@temporalio/common';
import type { FailureReport, FailureType, Problem } from '../domain/failures.ts';
import { isFailureType, isPermanent, plainReport, problemsReport } from '../domain/failures.ts';

export interface FailureOptions {
  readonly cause?: unknown;
  /** More than the one line; goes along as the failure's first detail. */
  readonly report?: FailureReport;
  /** Milliseconds before Temporal tries again; from Retry-After and the like. */
  readonly retryAfterMs?: number;
  /** Expected: neither alarm nor error log. */
  readonly benign?: boolean;
}

/**
 * The failure an activity throws: type from the closed list, permanent ones non-retryable, a `FailureReport` as
 * its only detail. The message is one line for people and holds no secret.
 */
export function failure(
  type: FailureType,
  message: string,
  options: FailureOptions = {},
): ApplicationFailure {
  return ApplicationFailure.create({
    type,
    message,
    nonRetryable: isPermanent(type),
    details: [options.report ?? plainReport(type, message)],
    ...(options.cause instanceof Error ? { cause: options.cause } : {}),
    ...(options.retryAfterMs === undefined ? {} : { nextRetryDelay: options.retryAfterMs }),
    ...(options.benign ? { category: ApplicationFailureCategory.BENIGN } : {}),
  });
}

/** The failure for everything that is wrong at once. `problems` must not be empty. */
export function problemsFailure(problems: readonly Problem[]): ApplicationFailure {
  const report = problemsReport(problems);
  return failure(report.type, report.summary, { report });
}

/** Of several errors the one that is worth another try, so that all that failed are tried again; else the first. */
export function moreHopeful(errors: readonly unknown[]): unknown {
  const retryable = (error: unknown): boolean => !(error instanceof ApplicationFailure && error.nonRetryable);
  return errors.find(retryable) ?? errors[0];
}

/** The type of a failure that no further try mends; null for any other error. */
export function permanentType(error: unknown): FailureType | null {
  const type = error instanceof ApplicationFailure ? (error.type ?? '') : '';
  return isFailureType(type) && isPermanent(type) ? type : null;
}
