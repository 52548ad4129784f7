import { parseDuration } from './lifetime.ts';
import type {
  ApproveMessage,
  CloseMessage,
  ExtendMessage,
  ImagesReadyMessage,
  LeaseMessage,
  PersonMessage,
  PushMessage,
  Read,
  ReapMessage,
  ReportedImage,
} from './messages.ts';
import type { CleanupBlocker } from './outcome.ts';

/**
 * Reads a `push` however it was encoded or typed by hand: nothing at all means a push event of an unknown commit.
 */
export function readPush(argument: unknown): Read<PushMessage> {
  if (isNothing(argument)) return right({ sha: null, reason: 'event' });
  if (!isRecord(argument))
    return wrong('{"sha": "<40 hex digits>" | null, "reason": "event" | "command"}', argument);
  const { sha = null, reason = 'event' } = argument;
  if (sha !== null && !isSha(sha)) return wrong('"sha" as 40 lower-case hex digits or null', sha);
  if (reason !== 'event' && reason !== 'command') return wrong('"reason" as "event" or "command"', reason);
  return right({ sha, reason });
}

/** Reads a `close`: nothing at all, as by Temporal Web UI, is a person's wish. */
export function readClose(argument: unknown): Read<CloseMessage> {
  if (isNothing(argument)) return right({ reason: 'command', by: null });
  if (!isRecord(argument))
    return wrong('{"reason": "event" | "command", "by": "<login>"} or nothing', argument);
  const { reason = 'command', by = null } = argument;
  if (reason !== 'event' && reason !== 'command') return wrong('"reason" as "event" or "command"', reason);
  return isName(by) ? right({ reason, by }) : wrong('"by" as a login', by);
}

/** Reads a `cancel` or a `reset`. */
export function readPerson(argument: unknown): Read<PersonMessage> {
  if (isNothing(argument)) return right({ by: null });
  const by = isRecord(argument) ? (argument['by'] ?? null) : argument;
  return isName(by) ? right({ by }) : wrong('{"by": "<login>"} or nothing', argument);
}

/** Reads an `extend`; a bare text is its duration, as it is typed in Temporal Web UI. */
export function readExtend(argument: unknown): Read<ExtendMessage> {
  if (isNothing(argument)) return right({ durationMs: null, by: null });
  const shape = '{"duration": "2d", "by": "<login>"}, its duration in whole d, h, m and s';
  const { duration = null, by = null, ...rest } = isRecord(argument) ? argument : { duration: argument };
  if (Object.keys(rest).length > 0) return wrong(shape, argument);
  if (!isName(by)) return wrong('"by" as a login', by);
  if (duration === null && isRecord(argument)) return right({ durationMs: null, by });
  const durationMs = typeof duration === 'string' ? parseDuration(duration) : null;
  if (durationMs === null || durationMs === 0) return wrong(shape, argument);
  return right({ durationMs, by });
}

/** Reads an `approve`; a bare text is the commit. */
export function readApprove(argument: unknown): Read<ApproveMessage> {
  const { sha = null, by = null } = isRecord(argument) ? argument : { sha: argument };
  if (!isSha(sha)) return wrong('{"sha": "<40 lower-case hex digits>", "by": "<login>"}', argument);
  return isName(by) ? right({ sha, by }) : wrong('"by" as a login', by);
}

/** Most images that CI may speak of for one commit; no application has as many. */
export const imagesAtMost = 200;

/** Reads CI's word on images. */
export function readImagesReady(argument: unknown): Read<ImagesReadyMessage> {
  const shape =
    '{"sha": "<40 hex digits>", "images": [{"service": "…", "image": "…" | null, "digest": "sha256:…" | null}]}';
  if (!isRecord(argument)) return wrong(shape, argument);
  const { sha, images } = argument;
  if (!isSha(sha)) return wrong('"sha" as 40 lower-case hex digits', sha);
  if (!Array.isArray(images) || images.length > imagesAtMost) return wrong(shape, argument);
  const read: ReportedImage[] = [];
  for (const entry of images as readonly unknown[]) {
    const { service, image = null, digest = null } = isRecord(entry) ? entry : {};
    if (typeof service !== 'string' || !isName(service) || !isName(image)) return wrong(shape, entry);
    if (digest !== null && !(typeof digest === 'string' && /^sha256:[0-9a-f]{64}$/.test(digest)))
      return wrong('"digest" as sha256:<64 hex digits> or null', digest);
    read.push({ service, image, digest });
  }
  return right({ sha, images: read });
}

/** Reads capacity's word. */
export function readLease(argument: unknown): Read<LeaseMessage> {
  const shape = '{"id", "state": "granted", "place"} or {"id", "state": "queued", "position", "estimateMs"}';
  if (!isRecord(argument) || typeof argument['id'] !== 'string') return wrong(shape, argument);
  const { id, state, place = null, position, estimateMs = null } = argument;
  if (state === 'granted' && isName(place)) return right({ id, state, place });
  if (state !== 'queued' || !isCount(position) || !(estimateMs === null || typeof estimateMs === 'number'))
    return wrong(shape, argument);
  return right({ id, state, position, estimateMs });
}

/** Reads the reaper's word; nothing at all asks for a second look. */
export function readReap(argument: unknown): Read<ReapMessage> {
  const found = isRecord(argument) ? (argument['found'] ?? null) : null;
  if (found === null)
    return isNothing(argument) || isRecord(argument) ? right({ found }) : wrong('{"found"}', argument);
  const { namespace = null, database = null, repositoryId = null } = isRecord(found) ? found : {};
  if (!isRecord(found) || !isName(namespace) || !isName(database))
    return wrong('{"found": {"namespace", "database", "repositoryId"}}', argument);
  if (!(repositoryId === null || isCount(repositoryId)))
    return wrong('"repositoryId" as a number', repositoryId);
  return right({ found: { namespace, database, repositoryId } });
}

/** Reads what a cleanup says stands in its way. */
export function readBlockers(argument: unknown): Read<readonly CleanupBlocker[]> {
  if (Array.isArray(argument) && argument.every(isBlocker)) return right(argument);
  return wrong('a list of {"step", "problem": {"type", "message"}}', argument);
}

function isBlocker(value: unknown): value is CleanupBlocker {
  if (!isRecord(value)) return false;
  const { step, problem } = value;
  return typeof step === 'string' && isRecord(problem) && typeof problem['message'] === 'string';
}

function isNothing(value: unknown): value is null | undefined {
  return value === undefined || value === null;
}

/** What a payload became that nobody could decode is no record that anybody wrote. */
function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !('undecodable' in value);
}

export function isSha(value: unknown): value is string {
  return typeof value === 'string' && /^[0-9a-f]{40}$/.test(value);
}

function isName(value: unknown): value is string | null {
  return value === null || (typeof value === 'string' && value.length <= 200);
}

export function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 1;
}

function right<T>(value: T): Read<T> {
  return { ok: true, value };
}

/** @param came what is shown of it is cut: it may be anything. */
export function wrong(wanted: string, came: unknown): { readonly ok: false; readonly wrong: string } {
  const shown = (JSON.stringify(came) ?? String(came)).slice(0, 200);
  return { ok: false, wrong: `wanted ${wanted}, got ${shown}` };
}
