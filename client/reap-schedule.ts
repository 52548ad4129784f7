import type {
  ScheduleDescription,
  ScheduleOptionsStartWorkflowAction,
  ScheduleUpdateOptions,
} from '@temporalio/client';
import { ScheduleAlreadyRunning, ScheduleOverlapPolicy } from '@temporalio/client';
import type { Workflow } from '@temporalio/common';
import type { ReaperReading } from '../domain/diagnosis.ts';
import { readReapInput } from '../domain/reconcile-input.ts';
import { reapScheduleId } from '../domain/workflow-ids.ts';
import { reapWorkflowType } from '../workflows/messages.ts';
import type { TemporalCalls } from './temporal-calls.ts';

/** `dry-run`: it reports what it would send. `off`: it does not run by itself. */
export const reaperModes = ['on', 'dry-run', 'off'] as const;
export type ReaperMode = (typeof reaperModes)[number];

export interface ReapSchedule {
  readonly scheduleId: string;
  readonly mode: ReaperMode;
  readonly change: 'created' | 'updated' | 'none';
}

export interface WantedReapSchedule {
  readonly platform: string;
  readonly taskQueue: string;
  /** Null: as it is, and a dry run where there is none yet. */
  readonly mode: ReaperMode | null;
}

/**
 * Makes the reaper's Schedule what it should be. A pause, also one made in Temporal Web UI, and the choice of dry run
 * are kept unless `mode` says otherwise. Again does no harm.
 *
 * @throws {ClientError} `temporalAway`.
 */
export async function ensureReapSchedule(
  calls: TemporalCalls,
  wanted: WantedReapSchedule,
): Promise<ReapSchedule> {
  const scheduleId = reapScheduleId(wanted.platform);
  const { schedule } = calls.client;
  const handle = schedule.getHandle(scheduleId);
  try {
    const first = optionsOf(wanted, stateOf(wanted.mode, { paused: false, dryRun: true, note: undefined }));
    return await calls.within(deadlineMs, async () => {
      try {
        await schedule.create({ scheduleId, ...first });
        return { scheduleId, mode: modeOf(first), change: 'created' };
      } catch (error) {
        if (!(error instanceof ScheduleAlreadyRunning)) throw error;
      }
      const found = await handle.describe();
      const next = optionsOf(wanted, stateOf(wanted.mode, foundState(found)));
      if (isAlready(found, next)) return { scheduleId, mode: modeOf(next), change: 'none' };
      await handle.update<Workflow>(() => next);
      return { scheduleId, mode: modeOf(next), change: 'updated' };
    });
  } catch (error) {
    throw calls.explain(error);
  }
}

/**
 * How the reaper's Schedule is set, and when it last started a run.
 *
 * @throws {ScheduleNotFoundError} when there is none.
 */
export async function readReapSchedule(calls: TemporalCalls, platform: string): Promise<ReaperReading> {
  const scheduleId = reapScheduleId(platform);
  const handle = calls.client.schedule.getHandle(scheduleId);
  const found = await calls.within(deadlineMs, async () => await handle.describe());
  const { paused, dryRun } = foundState(found);
  const last = found.info.recentActions.at(-1)?.takenAt.getTime() ?? null;
  const [interval] = found.spec.intervals ?? [];
  return {
    scheduleId,
    mode: paused ? 'off' : dryRun ? 'dry-run' : 'on',
    everyMs: interval?.every ?? everyMs,
    lastRun: last,
  };
}

const deadlineMs = 15_000;
const minute = 60_000;
const everyMs = 10 * minute;

interface State {
  readonly paused: boolean;
  readonly dryRun: boolean;
  readonly note: string | undefined;
}

type Options = ScheduleUpdateOptions<ScheduleOptionsStartWorkflowAction<Workflow>> & {
  readonly state: { readonly paused: boolean; readonly note?: string };
};

function stateOf(mode: ReaperMode | null, before: State): State {
  switch (mode) {
    case null:
      return before;
    case 'on':
      return { paused: false, dryRun: false, note: 'turned on by preview setup' };
    case 'dry-run':
      return { paused: false, dryRun: true, note: 'made a dry run by preview setup' };
    case 'off':
      return { ...before, paused: true, note: 'turned off by preview setup' };
  }
}

/** What cannot be read of the run's input is a dry run: somebody wrote it by hand. */
function foundState({ state, action }: ScheduleDescription): State {
  const input = readReapInput(action.args?.[0]);
  return { paused: state.paused, dryRun: !input.ok || input.value.dryRun, note: state.note };
}

function optionsOf({ platform, taskQueue }: WantedReapSchedule, { paused, dryRun, note }: State): Options {
  return {
    spec: { intervals: [{ every: everyMs }], jitter: minute },
    policies: { overlap: ScheduleOverlapPolicy.SKIP, catchupWindow: 10 * minute, pauseOnFailure: false },
    action: {
      type: 'startWorkflow',
      workflowType: reapWorkflowType,
      workflowId: reapScheduleId(platform),
      taskQueue,
      args: [{ v: 1, dryRun }],
      workflowExecutionTimeout: 30 * minute,
      staticSummary: `reaper of ${platform}${dryRun ? ', dry run' : ''}`.slice(0, 200),
    },
    state: { paused, ...(note === undefined ? {} : { note }) },
  };
}

function modeOf({ state, action }: Options): ReaperMode {
  if (state.paused) return 'off';
  const [input] = (action.args ?? []) as readonly { readonly dryRun?: boolean }[];
  return input?.dryRun === false ? 'on' : 'dry-run';
}

/** Whether a Schedule is as it should be in everything that we set. */
function isAlready(found: ScheduleDescription, wanted: Options): boolean {
  return JSON.stringify(essence(found)) === JSON.stringify(essence(wanted));
}

function essence({ spec, policies, action, state }: ScheduleDescription | Options): unknown {
  const { workflowType, workflowId, taskQueue, args, workflowExecutionTimeout, staticSummary } = action;
  return [
    (spec.intervals ?? []).map(({ every }) => every),
    [spec.calendars, spec.skip].map((list) => list?.length ?? 0),
    [spec.jitter, policies?.overlap, policies?.catchupWindow, policies?.pauseOnFailure],
    [workflowType, workflowId, taskQueue, args, workflowExecutionTimeout, staticSummary],
    state.paused,
  ];
}
