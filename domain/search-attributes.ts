import type { QueuePosition } from './place.ts';

/** Search attributes that previews are listed by, with Temporal's name of their type. Registered once, by a set-up. */
export const searchAttributes = {
  PreviewRepo: 'KEYWORD',
  PreviewPr: 'INT',
  PreviewSha: 'KEYWORD',
  PreviewPhase: 'KEYWORD',
  PreviewDeadline: 'DATETIME',
} as const;

export type SearchAttributeType = (typeof searchAttributes)[keyof typeof searchAttributes];

/** How Temporal's API and its command line name these types. */
export const searchAttributeTypes = {
  KEYWORD: { number: 2, word: 'Keyword' },
  INT: { number: 3, word: 'Int' },
  DATETIME: { number: 6, word: 'Datetime' },
} as const satisfies Record<SearchAttributeType, { readonly number: number; readonly word: string }>;

/** What a reader sees of a preview when no worker answers; kept as the workflow's memo. */
export interface PreviewMemo {
  readonly phase: string;
  readonly reason: string;
  readonly commit: string | null;
  readonly hosts: readonly string[];
  /** ISO 8601. */
  readonly deadline: string | null;
  readonly warned: boolean;
  /** Where in the queue for places it stood when it was last told; null: it does not wait for one. */
  readonly queue: QueuePosition | null;
  /** Head of the pull request as the preview last read it; null: it never did. */
  readonly head: string | null;
  /** Whether anything of it exists, as far as it knows. */
  readonly holds: 'unknown' | 'yes' | 'no';
  /** Whether it wants a place, or keeps the one that it has. */
  readonly wantsPlace: boolean;
  /** What it last read of the pull request. */
  readonly pullRequest: 'unknown' | 'open' | 'closed';
}
