import {
  ActivityFailure,
  ApplicationFailure,
  ChildWorkflowFailure,
  TimeoutFailure,
} from '@temporalio/workflow';
import type { FailureReport } from '../domain/failures.ts';
import { isFailureType, plainReport } from '../domain/failures.ts';

/** What a person reads of a failed activity or child: its own report, or the best that can be said without one. */
export function reportOf(error: unknown): FailureReport {
  if (error instanceof ActivityFailure || error instanceof ChildWorkflowFailure)
    return reportOf(error.cause ?? null);
  if (error instanceof ApplicationFailure) {
    const [detail] = error.details ?? [];
    if (isReport(detail)) return detail;
    const type = error.type && isFailureType(error.type) ? error.type : 'Bug';
    return plainReport(type, error.message);
  }
  if (error instanceof TimeoutFailure) {
    const before = error.cause ? `; the last failure: ${reportOf(error.cause).summary}` : '';
    return plainReport('ServiceTimeout', `it took too long (${error.timeoutType})${before}`);
  }
  return plainReport('Bug', error instanceof Error ? error.message : String(error));
}

function isReport(value: unknown): value is FailureReport {
  return (
    typeof value === 'object' &&
    value !== null &&
    'summary' in value &&
    'type' in value &&
    'problems' in value
  );
}
