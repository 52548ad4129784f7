import {
  log,
  setDefaultQueryHandler,
  setDefaultSignalHandler,
  setDefaultUpdateHandler,
  setHandler,
} from '@temporalio/workflow';
import { ApplicationFailure } from '@temporalio/common';
import { readBlockers, readPush } from '../domain/read-message.ts';
import { statusOf } from '../domain/preview-status.ts';
import { cleanupStuckSignal, closeSignal, pushSignal, statusQuery } from './messages.ts';
import type { Entity } from './preview.ts';

/** Registers the handlers: they read, record or log, and never throw; the loop acts. */
export function handleMessages({ state, record }: Entity): void {
  setHandler(
    pushSignal,
    (argument) => {
      const push = readPush(argument);
      if (!push.ok) return log.warn('a push could not be read and is ignored', { wrong: push.wrong });
      record({ kind: 'pushed', expectSha: push.value.sha, command: push.value.reason === 'command' });
    },
    { description: 'There is a commit to serve: {"sha": "…" | null, "reason": "event" | "command"}' },
  );
  setHandler(closeSignal, () => record({ kind: 'close-asked' }), {
    description: 'Take the preview away; a pull request that is still open keeps a resting workflow',
  });
  setHandler(cleanupStuckSignal, (argument) => {
    const blockers = readBlockers(argument);
    if (blockers.ok) record({ kind: 'cleanup-stuck', blockers: blockers.value });
    else log.warn('a cleanup message could not be read and is ignored', { wrong: blockers.wrong });
  });
  setHandler(
    statusQuery,
    () => ({ ...statusOf(state()), looking: state().hint !== null || state().running.reading !== null }),
    { description: 'The whole truth as plain data' },
  );
  setDefaultSignalHandler((name) => log.warn('an unknown signal is ignored', { signal: name }));
  setDefaultUpdateHandler((name) => {
    throw ApplicationFailure.nonRetryable(`there is no Update called ${name}`, 'BadMessage');
  });
  setDefaultQueryHandler((name) => {
    throw ApplicationFailure.nonRetryable(`there is no query called ${name}; ask for "status"`, 'BadMessage');
  });
}
