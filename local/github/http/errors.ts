/** A refusal, in the shape GitHub gives it. Thrown by handlers, answered by the server. */
export class GitHubError extends Error {
  readonly status: number;
  readonly errors: FieldError[] | undefined;

  constructor(status: number, message: string, errors?: FieldError[]) {
    super(message);
    this.name = 'GitHubError';
    this.status = status;
    this.errors = errors;
  }

  toResponse(): Response {
    return Response.json(
      {
        message: this.message,
        ...(this.errors === undefined ? {} : { errors: this.errors }),
        documentation_url: 'https://docs.github.com/rest',
        // GitHub's description of a 422 has none.
        ...(this.status === 422 ? {} : { status: String(this.status) }),
      },
      { status: this.status },
    );
  }
}

export interface FieldError {
  resource: string;
  code: 'missing' | 'missing_field' | 'invalid' | 'already_exists' | 'unprocessable' | 'custom';
  field?: string;
  message?: string;
}

export function notFound(message = 'Not Found'): GitHubError {
  return new GitHubError(404, message);
}

/** 422, the answer to a request that is well formed and cannot be done. */
export function validationFailed(...errors: FieldError[]): GitHubError {
  return new GitHubError(422, 'Validation Failed', errors);
}
