import {
  defineSignal,
  log,
  setDefaultQueryHandler,
  setDefaultSignalHandler,
  setDefaultUpdateHandler,
  setHandler,
} from '@temporalio/workflow';
import { ApplicationFailure } from '@temporalio/common';
import { extendPreview } from '../domain/extend-preview.ts';
import type { CloseMessage, Read } from '../domain/messages.ts';
import type { PreviewEvent } from '../domain/preview-events.ts';
import { isLooking, statusOf } from '../domain/preview-status.ts';
import {
  readBlockers,
  readClose,
  readExtend,
  readImagesReady,
  readLease,
  readPerson,
  readPush,
  readReap,
} from '../domain/read-message.ts';
import {
  cancelSignal,
  cleanupStuckSignal,
  closeSignal,
  extendSignal,
  imagesReadySignal,
  leaseSignal,
  pushSignal,
  reapSignal,
  resetSignal,
  statusQuery,
} from './messages.ts';
import type { Entity } from './preview.ts';
import { handleUpdates } from './preview-updates.ts';

/** Registers the handlers: they read, record or log, and never throw; the loop acts. */
export function handleMessages(entity: Entity): void {
  const { state, now } = entity;
  handleSignal(entity, pushSignal, {
    description: 'There is a commit to serve: {"sha": "…" | null, "reason": "event" | "command"}',
    read: readPush,
    event: ({ sha, reason }) => ({ kind: 'pushed', expectSha: sha, command: reason === 'command' }),
  });
  handleSignal(entity, closeSignal, {
    description: 'Take the preview away; a pull request that is still open keeps a resting workflow',
    // whatever came with it: its name says what is wanted
    read: (argument): Read<CloseMessage> => {
      const close = readClose(argument);
      return close.ok ? close : { ok: true, value: { reason: 'command', by: null } };
    },
    event: ({ reason }) => ({ kind: 'close-asked', command: reason === 'command' }),
  });
  handleSignal(entity, reapSignal, {
    description: 'The reaper saw something that should not be',
    read: readReap,
    event: ({ found }) => ({ kind: 'reap-asked', found }),
  });
  handleSignal(entity, imagesReadySignal, {
    description: 'CI has built images: {"sha", "images": [{"service", "image", "digest"}]}',
    read: readImagesReady,
    event: (report) => ({ kind: 'images-reported', report }),
  });
  handleSignal(entity, cancelSignal, {
    description: 'Stop the running or queued deploy; what is live stays',
    read: readPerson,
    event: ({ by }) => ({ kind: 'cancel-asked', by }),
  });
  handleSignal(entity, resetSignal, {
    description: 'Drop the database, make it anew and deploy again',
    read: readPerson,
    event: () => ({ kind: 'reset-asked' }),
  });
  handleSignal(entity, extendSignal, {
    description: 'Let it live so long from now on: "2d"; nothing: a whole lifetime',
    read: (argument) => {
      const read = readExtend(argument);
      if (!read.ok) return read;
      const extension = extendPreview(state(), read.value.durationMs, now());
      return extension.ok ? { ok: true, value: extension.until } : { ok: false, wrong: extension.reason };
    },
    event: (until) => ({ kind: 'extended', until }),
  });
  handleSignal(entity, leaseSignal, {
    read: readLease,
    event: (message) => ({ kind: 'lease-heard', message }),
  });
  handleSignal(entity, cleanupStuckSignal, {
    read: readBlockers,
    event: (blockers) => ({ kind: 'cleanup-stuck', blockers }),
  });
  handleUpdates(entity);
  setHandler(statusQuery, () => ({ ...statusOf(state()), looking: isLooking(state()) }), {
    description: 'The whole truth as plain data',
  });
  setDefaultSignalHandler((name) => log.warn('an unknown signal is ignored', { signal: name }));
  setDefaultUpdateHandler((name) => {
    throw ApplicationFailure.nonRetryable(
      `there is no Update called ${name}; there are extend and approve`,
      'BadMessage',
    );
  });
  setDefaultQueryHandler((name) => {
    throw ApplicationFailure.nonRetryable(`there is no query called ${name}; ask for "status"`, 'BadMessage');
  });
}

interface SignalReading<T> {
  readonly read: (argument: unknown) => Read<T>;
  readonly event: (value: T) => PreviewEvent;
  readonly description?: string;
}

function handleSignal<T>(
  { record }: Entity,
  { name }: { readonly name: string },
  { read, event, description }: SignalReading<T>,
): void {
  const handler = (argument: unknown): void => {
    const message = read(argument);
    if (message.ok) record(event(message.value));
    else log.warn('a message is ignored', { signal: name, reason: message.wrong });
  };
  // whatever its type promises, anything may come
  setHandler(defineSignal<[unknown?]>(name), handler, description === undefined ? {} : { description });
}
