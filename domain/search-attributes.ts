/** Search attributes that previews are listed by, with Temporal's name of their type. Registered once, by a set-up. */
export const searchAttributes = {
  PreviewRepo: 'KEYWORD',
  PreviewPr: 'INT',
  PreviewSha: 'KEYWORD',
  PreviewPhase: 'KEYWORD',
  PreviewDeadline: 'DATETIME',
} as const;

/** What a reader sees of a preview when no worker answers; kept as the workflow's memo. */
export interface PreviewMemo {
  readonly phase: string;
  readonly reason: string;
  readonly commit: string | null;
  readonly hosts: readonly string[];
  /** ISO 8601. */
  readonly deadline: string | null;
  readonly warned: boolean;
}
