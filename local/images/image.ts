import { digestOf } from './layer.ts';
import type { Layer } from './layer.ts';

/** What an image runs, and how. */
export interface ImageSpec {
  readonly layers: readonly Layer[];
  /** Program and fixed arguments. */
  readonly entrypoint: readonly string[];
  /** Arguments that a pod may replace. Default: none. */
  readonly command?: readonly string[];
  /** Number of the user and of its group. Default: nobody's. */
  readonly user?: number;
  /** Default `/`. */
  readonly workingFolder?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** OCI annotations as labels, for example `org.opencontainers.image.revision`. */
  readonly labels?: Readonly<Record<string, string>>;
}

/** An image as a registry stores it. */
export interface Image {
  readonly layers: readonly Layer[];
  readonly config: Buffer;
  readonly manifest: Buffer;
  /** Digest of the manifest: the image's name for good. */
  readonly digest: string;
}

/** Media type of `Image.manifest`. */
export const MANIFEST_TYPE = 'application/vnd.oci.image.manifest.v1+json';

/** The user called nobody everywhere; as a number, so that `runAsNonRoot` can be checked. */
const NOBODY = 65534;

/** The image for Linux on this machine's processor. Without a date of its own: equal specs make equal digests. */
export function imageOf(spec: ImageSpec): Image {
  const { user = NOBODY, workingFolder = '/', command = [] } = spec;
  const config = json({
    created: '1970-01-01T00:00:00Z',
    architecture: process.arch === 'arm64' ? 'arm64' : 'amd64',
    os: 'linux',
    config: {
      User: `${user}:${user}`,
      Entrypoint: spec.entrypoint,
      ...(command.length > 0 ? { Cmd: command } : {}),
      Env: Object.entries({ PATH: '/', ...spec.env }).map(([name, value]) => `${name}=${value}`),
      Labels: spec.labels ?? {},
      WorkingDir: workingFolder,
    },
    rootfs: { type: 'layers', diff_ids: spec.layers.map(({ diffId }) => diffId) },
  });
  const manifest = json({
    schemaVersion: 2,
    mediaType: MANIFEST_TYPE,
    config: {
      mediaType: 'application/vnd.oci.image.config.v1+json',
      digest: digestOf(config),
      size: config.length,
    },
    layers: spec.layers.map(({ digest, size }) => ({
      mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip',
      digest,
      size,
    })),
  });
  return { layers: spec.layers, config, manifest, digest: digestOf(manifest) };
}

function json(value: unknown): Buffer {
  return Buffer.from(JSON.stringify(value));
}
