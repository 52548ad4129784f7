import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';

/** A revision of a release as Helm keeps it: in a Secret whose payload, not whose labels, Helm believes. */
export interface ReleaseRecord {
  readonly revision: number;
  readonly status: ReleaseStatus;
  /** What its maker wrote beside it; ours is `describeInputs`. */
  readonly description: string;
  /** What was applied, hooks excluded: YAML documents. */
  readonly manifest: string;
  readonly secret: { readonly name: string; readonly uid: string; readonly resourceVersion: string };
}

export const releaseStatuses = [
  'unknown',
  'deployed',
  'uninstalled',
  'superseded',
  'failed',
  'uninstalling',
  'pending-install',
  'pending-upgrade',
  'pending-rollback',
] as const;

export type ReleaseStatus = (typeof releaseStatuses)[number];

/** The part of a Secret that a record is read from. */
export interface ReleaseSecret {
  readonly metadata?: {
    readonly name?: string;
    readonly uid?: string;
    readonly resourceVersion?: string;
    readonly labels?: Readonly<Record<string, string>>;
  };
  readonly data?: Readonly<Record<string, string>>;
}

const unpack = promisify(gunzip);
/** A Secret holds 1 MiB; what claims to unpack to more than this is no release. */
const unpackedLimit = 64 * 1024 * 1024;

/** Reads a release Secret: base64 (Kubernetes) over base64 over gzip over JSON (Helm). Null: it is none. */
export async function readRecord(secret: ReleaseSecret): Promise<ReleaseRecord | null> {
  const { name, uid, resourceVersion } = secret.metadata ?? {};
  const data = secret.data?.['release'];
  if (!name || !uid || !resourceVersion || !data) return null;
  try {
    const inner = Buffer.from(Buffer.from(data, 'base64').toString('latin1'), 'base64');
    const zipped = inner[0] === 0x1f && inner[1] === 0x8b;
    const json = zipped ? await unpack(inner, { maxOutputLength: unpackedLimit }) : inner;
    const payload: unknown = JSON.parse(json.toString('utf8'));
    return { ...readPayload(payload), secret: { name, uid, resourceVersion } };
  } catch {
    return null;
  }
}

/** Revision in the Secret's name, `sh.helm.release.v1.<release>.v<n>`; 0 when there is none. */
export function revisionOf(secret: ReleaseSecret): number {
  return Number(/\.v(\d+)$/.exec(secret.metadata?.name ?? '')?.[1] ?? 0);
}

function readPayload(payload: unknown): Omit<ReleaseRecord, 'secret'> {
  const { version, info, manifest } = payload as {
    version?: unknown;
    info?: { status?: unknown; description?: unknown };
    manifest?: unknown;
  };
  if (typeof version !== 'number') throw new TypeError('no version');
  return {
    revision: version,
    status: releaseStatuses.find((known) => known === info?.status) ?? 'unknown',
    description: typeof info?.description === 'string' ? info.description : '',
    manifest: typeof manifest === 'string' ? manifest : '',
  };
}
