import {
  ApplicationFailure,
  log,
  setDefaultQueryHandler,
  setDefaultSignalHandler,
  setDefaultUpdateHandler,
  setHandler,
} from '@temporalio/workflow';
import { signalsInto } from './signals-into.ts';
import { readAcquire, readPoolConfig, readRelease } from '../domain/capacity-messages.ts';
import type { Pool } from './capacity.ts';
import { acquireSignal, capacityQuery, configureSignal, releaseSignal } from './messages.ts';

/** Registers the handlers: they read, record or log, and never throw; the loop acts. */
export function handleCapacityMessages(pool: Pool): void {
  const onSignal = signalsInto(pool.record);
  onSignal(acquireSignal, {
    description: 'A place is wanted: {"id", "askedAt", "ready", "draft", "granted"}',
    read: readAcquire,
    event: (message) => ({ kind: 'acquire', message }),
  });
  onSignal(releaseSignal, {
    description: 'A place, or a request for one, is given back: {"id": "preview:…#1"}',
    read: readRelease,
    event: (message) => ({ kind: 'release', message }),
  });
  onSignal(configureSignal, {
    description: 'Another size: {"size": {"places": 3} | {"stems": ["…"]}, "holdMs": 259200000}',
    read: readPoolConfig,
    event: (config) => ({ kind: 'configure', config }),
  });
  setHandler(capacityQuery, () => pool.status(), {
    description: 'Who holds the places, and who waits for one',
  });
  setDefaultSignalHandler((name) => log.warn('an unknown signal is ignored', { signal: name }));
  setDefaultUpdateHandler((name) => {
    throw ApplicationFailure.nonRetryable(`there is no Update called ${name}`, 'BadMessage');
  });
  setDefaultQueryHandler((name) => {
    throw ApplicationFailure.nonRetryable(
      `there is no query called ${name}; ask for "capacity"`,
      'BadMessage',
    );
  });
}
