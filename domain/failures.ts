/** Every way in which an activity fails. Permanent ones are never retried by Temporal. */
export const failureTypes = {
  // what people wrote
  InvalidPlatformConfig: 'permanent',
  InvalidPreviewConfig: 'permanent',
  PreviewConfigMissing: 'permanent',
  RepositoryNotAllowed: 'permanent',
  PreviewNotAllowed: 'permanent',
  ChartInvalid: 'permanent',
  ChartNotFound: 'permanent',
  PlanRefused: 'permanent',
  /** The inputs no longer give the plan that was checked: the entity checks again. */
  PlanChanged: 'permanent',
  BadMessage: 'permanent',
  // images
  ImageMissing: 'permanent',
  ImageOfAnotherCommit: 'permanent',
  RegistryDenied: 'permanent',
  RegistryUnavailable: 'transient',
  // cluster
  TlsSecretMissing: 'permanent',
  SourceSecretMissing: 'permanent',
  NamespaceNotOurs: 'permanent',
  NamespaceTerminating: 'transient',
  NamespaceStuck: 'transient',
  AdmissionDenied: 'permanent',
  ClusterDenied: 'permanent',
  ClusterConflict: 'transient',
  ClusterUnavailable: 'transient',
  /** Another run holds the fence: this one has been superseded and must stop. */
  FenceLost: 'transient',
  // Helm and workloads
  HelmBusy: 'transient',
  HelmFailed: 'permanent',
  HelmInterrupted: 'transient',
  ServiceFailed: 'permanent',
  ServiceTimeout: 'permanent',
  VerifyFailed: 'permanent',
  // Postgres
  DatabaseNotOurs: 'permanent',
  DatabaseDenied: 'permanent',
  DatabaseBusy: 'transient',
  DatabaseUnavailable: 'transient',
  // GitHub
  GitHubDenied: 'permanent',
  GitHubNotFound: 'permanent',
  GitHubRefused: 'permanent',
  /** The token was revoked or has expired: a worker that starts with a new one goes on. */
  GitHubUnauthorized: 'transient',
  GitHubThrottled: 'transient',
  GitHubUnavailable: 'transient',
  /** Temporal itself did not answer an activity that asked it. */
  TemporalUnavailable: 'transient',
  /** A person stopped it. */
  Cancelled: 'permanent',
  /** Our mistake; a person must look. */
  Bug: 'permanent',
} as const satisfies Record<string, 'permanent' | 'transient'>;

export type FailureType = keyof typeof failureTypes;

/** Whether trying the same again cannot help. */
export function isPermanent(type: FailureType): boolean {
  return failureTypes[type] === 'permanent';
}

/** Whether a word from outside names one of our failures. */
export function isFailureType(word: string): word is FailureType {
  return Object.hasOwn(failureTypes, word);
}

/** One thing that is wrong with what people wrote or with what stands ready; all of a run are told at once. */
export interface Problem {
  readonly type: FailureType;
  /** Where: `preview.yaml: services.ui.values.image.tag`, a line and column, or an object of the cluster. */
  readonly where: string | null;
  /** What was wanted, what came, what to do. Markdown is allowed, secrets are not. */
  readonly message: string;
}

/** Why a deploy failed, as a person reads it. */
export interface FailureReport {
  readonly type: FailureType;
  /** One line. */
  readonly summary: string;
  readonly service: string | null;
  readonly pod: string | null;
  /** What Kubernetes or Helm call it: `CrashLoopBackOff`, `ImagePullBackOff`, … */
  readonly reason: string | null;
  readonly exitCode: number | null;
  /** Redacted last lines of the pod's log; at most 50 lines. */
  readonly logTail: readonly string[];
  /** Last Warning events, newest last; at most 5. */
  readonly events: readonly string[];
  readonly problems: readonly Problem[];
}

/** A report that knows only its type and one line. */
export function plainReport(type: FailureType, summary: string): FailureReport {
  return {
    type,
    summary,
    service: null,
    pod: null,
    reason: null,
    exitCode: null,
    logTail: [],
    events: [],
    problems: [],
  };
}

/** A report of everything that stands in the way of a plan. */
export function problemsReport(problems: readonly Problem[]): FailureReport {
  const first = problems[0];
  const type = first?.type ?? 'PlanRefused';
  const summary =
    problems.length === 1 && first
      ? (first.message.split('\n', 1)[0] ?? '')
      : `${problems.length} problems stand in the way`;
  return { ...plainReport(type, summary), problems };
}
