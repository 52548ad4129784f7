import type { Read } from './messages.ts';
import { wrong } from './read-message.ts';

/** What a run of the reaper is started with. */
export interface ReapInput {
  readonly v: 1;
  /** Everything is gathered and decided, nothing is sent. */
  readonly dryRun: boolean;
}

/** Reads the argument of a run, whoever started it: nothing at all, as by Temporal Web UI, sends nothing. */
export function readReapInput(argument: unknown): Read<ReapInput> {
  if (argument === undefined || argument === null) return { ok: true, value: { v: 1, dryRun: true } };
  const { v, dryRun } = argument as Partial<Record<keyof ReapInput, unknown>>;
  if (v !== 1 || typeof dryRun !== 'boolean') return wrong('{"v": 1, "dryRun": true | false}', argument);
  return { ok: true, value: { v, dryRun } };
}
