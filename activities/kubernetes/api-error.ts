/** The part of a Kubernetes Status that says why. */
interface Status {
  readonly message?: string;
  readonly reason?: string;
  readonly details?: {
    readonly retryAfterSeconds?: number;
    readonly causes?: readonly {
      readonly reason?: string;
      readonly message?: string;
      readonly field?: string;
    }[];
  };
}

/** The API server answered, and refused. The message is the server's own; headers and request are left out. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  /** HTTP status. */
  readonly status: number;
  /** What Kubernetes calls it: `Forbidden`, `NotFound`, `Conflict`, …; empty when it does not say. */
  readonly reason: string;
  /** Reasons of the causes, for example `NamespaceTerminating`. */
  readonly causes: readonly string[];
  /** Milliseconds after which the server wants to be asked again; null when it does not say. */
  readonly retryAfterMs: number | null;

  constructor(
    message: string,
    details: Pick<ApiError, 'status'> & Partial<Pick<ApiError, 'reason' | 'causes' | 'retryAfterMs'>>,
  ) {
    super(message);
    this.status = details.status;
    this.reason = details.reason ?? '';
    this.causes = details.causes ?? [];
    this.retryAfterMs = details.retryAfterMs ?? null;
  }

  static fromAnswer(code: number, headers: Readonly<Record<string, string>>, body: string): ApiError {
    const status = parseStatus(body);
    const seconds = status.details?.retryAfterSeconds ?? Number(headers['retry-after'] ?? Number.NaN);
    return new ApiError(status.message ?? `HTTP ${code}`, {
      status: code,
      reason: status.reason ?? '',
      causes: (status.details?.causes ?? []).map((cause) => cause.reason ?? ''),
      retryAfterMs: Number.isFinite(seconds) ? seconds * 1000 : null,
    });
  }
}

/** The API server could not be reached, broke off, or took too long. */
export class NoAnswer extends Error {
  override readonly name = 'NoAnswer';

  static because(error: unknown): NoAnswer {
    return new NoAnswer(rootOf(error), { cause: error });
  }
}

/** Whether the server said that the thing is not there. */
export function isNotFound(error: unknown): boolean {
  return error instanceof ApiError && error.status === 404;
}

/** Whether somebody else was faster: it exists already, or was changed since it was read. */
export function isConflict(error: unknown): boolean {
  return error instanceof ApiError && error.status === 409;
}

/** Whether the object itself is wrong. Server-side apply answers with 500 what does not fit the schema. */
export function isInvalid(error: unknown): boolean {
  if (!(error instanceof ApiError)) return false;
  if (error.status === 400 || error.status === 422) return true;
  return /^failed to (create typed patch object|convert new object)/.test(error.message);
}

/** Whether the refusal came from RBAC, as against an admission policy, a quota or a namespace that is going away. */
export function isDeniedByRights(error: unknown): boolean {
  return (
    error instanceof ApiError &&
    error.status === 403 &&
    !isTerminating(error) &&
    / cannot \w+ (resource|path) /.test(error.message)
  );
}

/** Whether nothing can be made in the namespace because it is going away. */
export function isTerminating(error: unknown): boolean {
  return (
    error instanceof ApiError &&
    (error.causes.includes('NamespaceTerminating') ||
      error.message.includes('because it is being terminated'))
  );
}

function parseStatus(body: string): Status {
  try {
    const parsed: unknown = JSON.parse(body);
    return typeof parsed === 'object' && parsed !== null ? parsed : {};
  } catch {
    return {};
  }
}

function rootOf(error: unknown): string {
  let root: unknown = error;
  while (root instanceof Error && root.cause instanceof Error) root = root.cause;
  if (root instanceof AggregateError && root.errors[0] instanceof Error) root = root.errors[0];
  if (!(root instanceof Error)) return 'no answer';
  return root.name === 'TimeoutError' ? 'no answer within 15 s' : root.message;
}
