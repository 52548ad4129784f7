/** What `push` carries: a hint that there is a commit to serve. */
export interface PushMessage {
  /** Head the sender knows of; null: whatever GitHub says. */
  readonly sha: string | null;
  /** `command` is a person's wish: it tries a failed commit again and brings back what is gone. */
  readonly reason: 'event' | 'command';
}

/** What `close` carries. */
export interface CloseMessage {
  /** `event`: GitHub says that the pull request was closed, which is looked up; `command`: a person wants the preview gone. */
  readonly reason: 'event' | 'command';
  readonly by: string | null;
}

/** What `cancel` and `reset` carry: whose wish it is, for those who read of it. */
export interface PersonMessage {
  readonly by: string | null;
}

/** How long a preview may look for the head of its pull request before it answers an approval, in milliseconds. */
export const approvalLookMs = 60_000;

/** What `extend` carries. */
export interface ExtendMessage {
  /** How long the preview shall live from now on, in milliseconds; null: its whole lifetime again. */
  readonly durationMs: number | null;
  readonly by: string | null;
}

/** What the Update `extend` answers. */
export interface ExtendAnswer {
  /** Epoch milliseconds. */
  readonly deadline: number;
}

/** What `approve` carries: one commit of an outsider's pull request may be deployed. */
export interface ApproveMessage {
  readonly sha: string;
  readonly by: string | null;
}

/** What the Update `approve` answers. */
export interface ApproveAnswer {
  readonly sha: string;
}

/** What `imagesReady` carries: CI's word on the images of one commit. */
export interface ImagesReadyMessage {
  readonly sha: string;
  readonly images: readonly ReportedImage[];
}

export interface ReportedImage {
  readonly service: string;
  /** Key in the service's `images`; null: all of them. */
  readonly image: string | null;
  /** `sha256:…`; null: CI did not build it for this commit. */
  readonly digest: string | null;
}

/** What `lease` carries: capacity's word on the request for a place with this id. */
export type LeaseMessage =
  | { readonly id: string; readonly state: 'granted'; readonly place: string | null }
  | {
      readonly id: string;
      readonly state: 'queued';
      /** From 1. */
      readonly position: number;
      /** Milliseconds until the place, as far as can be said; null: nothing can. */
      readonly estimateMs: number | null;
    };

/** What `reap` carries: what the reaper saw of this pull request that should not be; null: nothing that has a name. */
export interface ReapMessage {
  readonly found: FoundThings | null;
}

/** Things that carry one owner's mark, under the names they really have. */
export interface FoundThings {
  readonly namespace: string | null;
  readonly database: string | null;
  /** GitHub's id out of the mark. */
  readonly repositoryId: number | null;
}

/** A message that could be read, or what is wrong with it. */
export type Read<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly wrong: string };
