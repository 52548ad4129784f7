import type { ApplicationFailure } from '@temporalio/common';
import type { FailureType } from '../../domain/failures.ts';
import { plainReport } from '../../domain/failures.ts';
import { failure } from '../failure.ts';
import type { HelmResult } from './run-helm.ts';

/** What Helm was doing and how it went wrong, before it is told to Temporal. */
export class HelmError extends Error {
  override readonly name = 'HelmError';
  readonly type: FailureType;
  // Private, so that no log shows it as a part of the error.
  readonly #detail: string;

  constructor(type: FailureType, message: string, detail: string) {
    super(message);
    this.type = type;
    this.#detail = detail;
  }

  /** Helm's own words, shortened. May quote what a chart read in its namespace: redact before showing. */
  get detail(): string {
    return this.#detail;
  }
}

interface Rule {
  readonly says: RegExp;
  readonly type: FailureType;
  readonly advice: string;
}

/** First match wins: the particular stands before the general. */
const rules: readonly Rule[] = [
  {
    says: /another operation \(install\/upgrade\/rollback\) is in progress|release: already exists|cannot re-?use a name that is still in use/,
    type: 'HelmBusy',
    advice: 'another Helm operation on this release is under way',
  },
  {
    says: /because it is being terminated|NamespaceTerminating/,
    type: 'NamespaceTerminating',
    advice: 'the namespace is being deleted',
  },
  {
    says: /cannot impersonate resource/,
    type: 'ClusterDenied',
    advice:
      'the worker may not act as preview-deployer here; bind the ClusterRole preview-worker-ns to it in this namespace',
  },
  {
    says: /ValidatingAdmissionPolicy '[^']*'.* denied request|admission webhook .* denied the request/s,
    type: 'AdmissionDenied',
    advice: 'the cluster admits no such object into a preview; change the chart or its values',
  },
  {
    says: /is forbidden: User "[^"]*" cannot|is forbidden: .*(?:attempting to grant RBAC permissions|not currently held)/,
    type: 'AdmissionDenied',
    advice:
      'the chart wants something a preview may not have; take it out of the chart or switch it off by values',
  },
  {
    says: /exceeded quota|violates PodSecurity|is forbidden: /,
    type: 'AdmissionDenied',
    advice: 'the cluster admits no such object into a preview',
  },
  {
    says: /\bUnauthorized\b|the server has asked for the client to provide credentials/,
    type: 'ClusterDenied',
    advice: "the API server does not accept the worker's token",
  },
  {
    says: /don't meet the specifications of the schema|values\.schema\.json|execution error at|parse error at|template: |YAML parse error|error converting YAML to JSON|error unmarshaling JSON|failed to parse|chart metadata|Chart\.yaml|missing in charts\/ directory|invalid chart|unable to build kubernetes objects|no matches for kind/,
    type: 'ChartInvalid',
    advice: 'the chart does not render to what the cluster understands with these values',
  },
  {
    says: /the object has been modified|Apply failed with \d+ conflict/,
    type: 'ClusterConflict',
    advice: 'somebody else changed an object at the same moment',
  },
  {
    says: /(?:failed (?:pre|post)-\w+|hooks? failed): .*(?:status: InProgress|timed out|deadline exceeded)/s,
    type: 'ServiceTimeout',
    advice: 'a hook of the chart did not end in time',
  },
  {
    says: /(?:failed (?:pre|post)-\w+|hooks? failed): .*status: Failed/s,
    type: 'ServiceFailed',
    advice: 'a hook of the chart failed',
  },
  {
    says: /field is immutable|updates to statefulset spec for fields other than/,
    type: 'ChartInvalid',
    advice: 'the change touches what Kubernetes cannot change in place; undo it, or begin the preview anew',
  },
  {
    says: /exists and cannot be imported into the current release/,
    type: 'ChartInvalid',
    advice: 'an object of that name belongs to another release or to nobody; give it a name of its own',
  },
  {
    says: / is invalid: |failed to create typed patch object|field not declared in schema|unknown field/,
    type: 'ChartInvalid',
    advice: 'the API server does not accept what the chart renders with these values',
  },
  {
    says: /cluster unreachable|connection refused|connection reset|no route to host|i\/o timeout|TLS handshake timeout|unexpected EOF|: EOF|http2: |currently unable to handle the request|etcdserver|Too Many Requests|too many requests|InternalError|Internal error occurred|no such host|network is unreachable|context deadline exceeded|Client\.Timeout|leader changed|rate limiter/,
    type: 'ClusterUnavailable',
    advice: 'the API server did not answer as it should',
  },
];

/** Reads Helm's words. Its exit code is the same for everything. */
export function classifyHelm(what: string, result: HelmResult): HelmError {
  const words = explain(result.stderr);
  const detail = words.slice(0, 4096);
  if (result.killedBy !== null) {
    return new HelmError(
      'HelmInterrupted',
      `${what} was killed (${result.killedBy}) before it was done.`,
      detail,
    );
  }
  const rule = rules.find(({ says }) => says.test(words));
  if (rule) return new HelmError(rule.type, `${what} failed: ${rule.advice}.`, detail);
  return new HelmError('HelmFailed', `${what} failed.`, detail);
}

/** The failure Temporal gets: one line of advice with Helm's first words, and all of Helm's words in the report. */
export function helmFailure(error: HelmError, service: string | null, redacted: string): ApplicationFailure {
  const lines = redacted.split('\n').filter((line) => line.trim() !== '');
  const first = lines[0] === undefined ? '' : ` Helm says: ${lines[0].slice(0, 500)}`;
  const summary = `${error.message}${first}`;
  const report = { ...plainReport(error.type, summary), service, reason: 'Helm', logTail: lines.slice(-50) };
  return failure(error.type, summary, { cause: error, report });
}

/** Helm's stderr without its log lines: they repeat the error, or warn of what did not cause it. */
function explain(stderr: string): string {
  const lines = stderr.split('\n').filter((line) => line.trim() !== '' && !/^level=|^WARNING: /.test(line));
  const errorAt = lines.findIndex((line) => line.startsWith('Error: '));
  const told = errorAt === -1 ? lines.slice(-20) : lines.slice(errorAt);
  return told.join('\n');
}
