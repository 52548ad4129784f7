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

/** An image that a preview ran and whose tag was made for its pull request alone. */
export interface OwnImage {
  /** With registry, without tag: `ghcr.io/o/name`. */
  readonly repository: string;
  readonly tag: string;
  readonly digest: string;
}

/** What became of images that were to be deleted. */
export interface DeletedImages {
  readonly deleted: number;
  /** Left where they are, and why, in words for people. */
  readonly kept: readonly { readonly repository: string; readonly digest: string; readonly why: string }[];
}

/** A build that the platform starts by itself where images are missing. */
export interface BuildWorkflow {
  /** File name of the workflow. */
  readonly workflow: string;
  /** Base branch: its workflow file is the one that counts. */
  readonly branch: string;
}
