/** One image a service wants, as a person wrote it and as CI spoke of it. Passes through Temporal; no secrets. */
export interface ImageRequest {
  readonly service: string;
  /** Key in the service's `images`. */
  readonly image: string;
  /** With registry host, without tag. */
  readonly repository: string;
  readonly tag: string;
  /**
   * What proves that the image is of the commit: its revision label, the digest CI reported, the version endpoint
   * once it runs (so the tag is pinned as it is), or nothing.
   */
  readonly fresh: ImageFreshness;
  /** Tag to use when the image was not built for this commit; null: none. */
  readonly fallback: string | null;
  /** Digest CI reported for this commit (`sha256:…`); null: none. */
  readonly reported: string | null;
  /** CI said that it did not build this image for this commit. */
  readonly notBuilt: boolean;
  /** The wait for this image is over: its fallback may be used. */
  readonly waitOver: boolean;
}

export type ImageFreshness = 'revision' | 'reported' | 'version' | 'any';
