/** A request that is not done: what it is answered with. `message` is one line for people and holds no secret. */
export class RequestRefusal extends Error {
  override readonly name = 'RequestRefusal';
  readonly status: number;
  /** For programs: `too-large`. */
  readonly code: string;
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    { status, code, headers = {} }: Pick<RequestRefusal, 'status' | 'code'> & Partial<RequestRefusal>,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.status = status;
    this.code = code;
    this.headers = headers;
  }
}
