import type { LogEntry } from '@temporalio/worker';
import { DefaultLogger, makeTelemetryFilterString, Runtime } from '@temporalio/worker';
import { destination, pino, stdSerializers } from 'pino';
import type { Address, LogLevel } from '../config/environment.ts';
import { previewMetrics, secondsBuckets } from '../domain/preview-measures.ts';
import { Refusal } from './refusal.ts';

const levels = { TRACE: 'trace', DEBUG: 'debug', INFO: 'info', WARN: 'warn', ERROR: 'error' } as const;

/** One JSON line per event on standard output: the SDK's, the workflows', the activities' and our own. */
export function createLogger(level: LogLevel): DefaultLogger {
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
  return new DefaultLogger(level.toUpperCase() as Uppercase<LogLevel>, write);
}

/**
 * Gives the SDK its logger and, where asked for, the address at which Prometheus reads `/metrics`. To be called once,
 * before any connection is made.
 *
 * @throws {Refusal} when nothing can be served at that address.
 */
export function installRuntime(logger: DefaultLogger, metricsAddress: Address | null): void {
  const filter = makeTelemetryFilterString({ core: 'WARN', other: 'ERROR' });
  const bindAddress = metricsAddress === null ? null : bindingOf(metricsAddress);
  try {
    Runtime.install({
      logger,
      telemetryOptions: {
        logging: { filter, forward: {} },
        ...(bindAddress === null
          ? {}
          : { metrics: { prometheus: { bindAddress, histogramBucketOverrides } } }),
      },
      shutdownSignals: [],
    });
  } catch (cause) {
    if (bindAddress === null) throw cause;
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new Refusal(
      'settings',
      [`PREVIEW_METRICS_ADDRESS: nothing can be served at ${bindAddress}: ${why}`],
      {
        cause,
      },
    );
  }
}

/** Ours are in seconds, and take longer than what the SDK measures. */
const histogramBucketOverrides = Object.fromEntries(
  Object.entries(previewMetrics)
    .filter(([, { kind }]) => kind === 'seconds')
    .map(([name]) => [name, [...secondsBuckets]]),
);

function bindingOf({ host, port }: Address): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`;
}
