import { parseDuration } from '../domain/lifetime.ts';

/** Where a server listens. */
export interface Address {
  readonly host: string;
  readonly port: number;
}

const logLevels = ['trace', 'debug', 'info', 'warn', 'error'] as const;
export type LogLevel = (typeof logLevels)[number];

/** Reads a process's variables one by one. */
export interface EnvironmentReader {
  /** A variable that must be set. @param what it is, for the message. */
  readonly required: (name: string, what: string) => string;
  /** An integer from 1. */
  readonly whole: (name: string, fallback: number) => number;
  /** Milliseconds, from words such as `30s`. */
  readonly duration: (name: string, fallback: string) => number;
  /** An http or https URL, without a final slash. */
  readonly url: <F extends string | null>(name: string, fallback: F) => string | F;
  /** `host:port`, also `[::1]:8080`. */
  readonly address: <F extends string | null>(name: string, fallback: F) => Address | (F & null);
  readonly logLevel: (name: string) => LogLevel;
  /** Name of a task queue that Temporal can list workflows by; null: not set. */
  readonly taskQueue: (name: string) => string | null;
}

/**
 * A reader of these variables; an empty one counts as not set.
 *
 * @param problems gets everything that is wrong, so that all of it can be told at once; what was read is of use only if
 *   it gets nothing.
 */
export function readEnvironment(env: NodeJS.ProcessEnv, problems: string[]): EnvironmentReader {
  return {
    required: (name, what) => {
      const value = env[name];
      if (!value) problems.push(`${name} is not set: ${what}`);
      return value ?? '';
    },
    whole: (name, fallback) => {
      const value = Number(env[name] || fallback);
      if (!Number.isInteger(value) || value < 1)
        problems.push(`${name} must be an integer from 1, not "${env[name]}"`);
      return value;
    },
    duration: (name, fallback) => {
      const value = parseDuration(env[name] || fallback);
      if (value === null) problems.push(`${name} must be a duration such as 30s, not "${env[name]}"`);
      return value ?? 0;
    },
    url: (name, fallback) => {
      const text = env[name] || fallback;
      if (text === null) return fallback;
      const parsed = URL.parse(text);
      if (!parsed || !/^https?:$/.test(parsed.protocol))
        problems.push(`${name} must be a URL, not "${text}"`);
      return text.replace(/\/+$/, '');
    },
    address: <F extends string | null>(name: string, fallback: F) => {
      const text = env[name] || fallback;
      if (text === null) return null as F & null;
      const match = /^(?<host>[^:]+|\[[^\]]+\]):(?<port>\d{1,5})$/.exec(text);
      if (!match?.groups) problems.push(`${name} must be host:port such as 127.0.0.1:8080, not "${text}"`);
      const { host = '', port } = match?.groups ?? {};
      return { host: host.replaceAll(/^\[|\]$/g, ''), port: Number(port) };
    },
    logLevel: (name) => {
      const text = env[name] || 'info';
      const found = logLevels.find((level) => level === text);
      if (!found) problems.push(`${name} must be one of ${logLevels.join(', ')}, not "${text}"`);
      return found ?? 'info';
    },
    taskQueue: (name) => {
      const queue = env[name] || null;
      // Temporal takes such a name, and no query of its visibility can quote it
      if (queue !== null && /["\\]/.test(queue))
        problems.push(
          `${name} must be a name without " and \\, not ${queue}: Temporal cannot list workflows by those`,
        );
      return queue;
    },
  };
}
