import { createLogger, installRuntime } from './logger.ts';
import { exitCodes, Refusal } from './refusal.ts';
import { runWorker } from './run.ts';
import { readSettings } from './config.ts';

/*
 * The worker's process. SIGTERM or SIGINT lets it drain and end with 0; a second one ends it at once. What it must
 * not start with is told line by line; exit codes are in `refusal.ts`.
 */
const settings = readSettings(process.env);
const logger = createLogger(settings.ok ? settings.value.logLevel : 'info');
const stop = new AbortController();
for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.on(signal, () => {
    const forced = signal === 'SIGTERM' ? 143 : 130;
    if (stop.signal.aborted) process.exit(forced);
    stop.abort(new Error(`stopped by ${signal}`));
  });
}

try {
  if (!settings.ok) throw new Refusal('settings', settings.problems);
  installRuntime(logger, settings.value.metricsAddress);
  await runWorker({ settings: settings.value, env: process.env, logger, signal: stop.signal });
  process.exit(exitCodes.ok);
} catch (error) {
  if (!(error instanceof Refusal)) {
    logger.error('worker failed', { error });
    process.exit(exitCodes.bug);
  }
  for (const reason of error.reasons) logger.error(`worker does not start: ${reason}`);
  process.exit(exitCodes[error.code]);
}
