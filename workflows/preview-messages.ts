import {
  log,
  setDefaultQueryHandler,
  setDefaultSignalHandler,
  setDefaultUpdateHandler,
  setHandler,
} from '@temporalio/workflow';
import { signalsInto } from './signals-into.ts';
import { ApplicationFailure } from '@temporalio/common';
import { extendPreview } from '../domain/extend-preview.ts';
import type { CloseMessage, Read } from '../domain/messages.ts';
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
  const { state, now, record } = entity;
  const onSignal = signalsInto(record);
  onSignal(pushSignal, {
    description: 'There is a commit to serve: {"sha": "…" | null, "reason": "event" | "command"}',
    read: readPush,
    event: ({ sha, reason }) => ({ kind: 'pushed', expectSha: sha, command: reason === 'command' }),
  });
  onSignal(closeSignal, {
    description: 'Take the preview away; a pull request that is still open keeps a resting workflow',
    // whatever came with it: its name says what is wanted
    read: (argument): Read<CloseMessage> => {
      const close = readClose(argument);
      return close.ok ? close : { ok: true, value: { reason: 'command', by: null } };
    },
    event: ({ reason }) => ({ kind: 'close-asked', command: reason === 'command' }),
  });
  onSignal(reapSignal, {
    description: 'The reaper saw something that should not be',
    read: readReap,
    event: ({ found }) => ({ kind: 'reap-asked', found }),
  });
  onSignal(imagesReadySignal, {
    description: 'CI has built images: {"sha", "images": [{"service", "image", "digest"}]}',
    read: readImagesReady,
    event: (report) => ({ kind: 'images-reported', report }),
  });
  onSignal(cancelSignal, {
    description: 'Stop the running or queued deploy; what is live stays',
    read: readPerson,
    event: ({ by }) => ({ kind: 'cancel-asked', by }),
  });
  onSignal(resetSignal, {
    description: 'Drop the database, make it anew and deploy again',
    read: readPerson,
    event: () => ({ kind: 'reset-asked' }),
  });
  onSignal(extendSignal, {
    description: 'Let it live so long from now on: "2d"; nothing: a whole lifetime',
    read: (argument) => {
      const read = readExtend(argument);
      if (!read.ok) return read;
      const extension = extendPreview(state(), read.value.durationMs, now());
      return extension.ok ? { ok: true, value: extension.until } : { ok: false, wrong: extension.reason };
    },
    event: (until) => ({ kind: 'extended', until }),
  });
  onSignal(leaseSignal, {
    read: readLease,
    event: (message) => ({ kind: 'lease-heard', message }),
  });
  onSignal(cleanupStuckSignal, {
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
