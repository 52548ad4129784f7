import type { LogEntry } from '@temporalio/worker';
import { DefaultLogger, makeTelemetryFilterString, Runtime } from '@temporalio/worker';
import { destination, pino, stdSerializers } from 'pino';
import type { LogLevel } from './config.ts';

const levels = { TRACE: 'trace', DEBUG: 'debug', INFO: 'info', WARN: 'warn', ERROR: 'error' } as const;

/**
 * One JSON line per event on standard output: the SDK's, the workflows', the activities' and our own. To be called
 * once, before any connection is made.
 */
export function installLogger(level: LogLevel): DefaultLogger {
  // Written at once: the last line before an end matters most.
  const stream = destination({ dest: 1, sync: true });
  const { err } = stdSerializers;
  const formatters = { level: (label: string) => ({ level: label }) };
  const output = pino(
    {
      level,
      base: null,
      timestamp: false,
      formatters,
      serializers: { error: err },
      redact: { paths: ['taskToken'], remove: true },
    },
    stream,
  );
  const write = ({ level, message, timestampNanos, meta }: LogEntry): void =>
    output[levels[level]](
      { time: new Date(Number(timestampNanos / 1_000_000n)).toISOString(), ...meta },
      message,
    );
  const logger = new DefaultLogger(level.toUpperCase() as Uppercase<LogLevel>, write);
  const filter = makeTelemetryFilterString({ core: 'WARN', other: 'ERROR' });
  Runtime.install({ logger, telemetryOptions: { logging: { filter, forward: {} } }, shutdownSignals: [] });
  return logger;
}
