/** How every command ends; the one table, for scripts and documentation. */
export const exitCodes = {
  /** Done. */
  ok: 0,
  /** Our mistake: an error nobody foresaw. */
  bug: 1,
  /** Wrong words on the command line, or settings that cannot be read. Nothing was sent. */
  usage: 2,
  /** The preview was refused or failed, or a config has problems: a person must change something. */
  refused: 3,
  /** Temporal does not answer, or does not let us in. */
  temporalAway: 4,
  /** Temporal has the preview, but no worker answers for it. */
  workerSilent: 5,
  /** `--wait` is over before the preview was there (or gone); it goes on without us. */
  waitOver: 6,
  /** There is no such preview. */
  notFound: 7,
  /** Interrupted by Ctrl-C while waiting; the preview goes on without us. */
  interrupted: 130,
} as const;

export type ExitCode = keyof typeof exitCodes;

/** An end that was foreseen: told to the person in one line, without a stack. */
export class ClientError extends Error {
  override readonly name = 'ClientError';
  readonly code: Exclude<ExitCode, 'ok' | 'bug'>;

  constructor(code: ClientError['code'], message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
