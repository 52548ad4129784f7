import { condition, currentUpdateInfo, setHandler } from '@temporalio/workflow';
import { ApplicationFailure } from '@temporalio/common';
import { extendPreview } from '../domain/extend-preview.ts';
import type { ApproveAnswer, ExtendAnswer } from '../domain/messages.ts';
import { approvalLookMs } from '../domain/messages.ts';
import { isLooking } from '../domain/preview-status.ts';
import { readApprove, readExtend } from '../domain/read-message.ts';
import { approveUpdate, extendUpdate } from './messages.ts';
import type { Entity } from './preview.ts';

/** Registers the Updates: messages that want an answer. A refusal fails the Update alone. */
export function handleUpdates(entity: Entity): void {
  const { state, record, now } = entity;
  setHandler(
    extendUpdate,
    async (argument): Promise<ExtendAnswer> =>
      await answered(entity, () => {
        const read = readExtend(argument);
        if (!read.ok) throw refusal(read.wrong);
        const extension = extendPreview(state(), read.value.durationMs, now());
        if (!extension.ok) throw refusal(extension.reason);
        record({ kind: 'extended', until: extension.until });
        return { deadline: extension.deadline };
      }),
    {
      description:
        'Let it live so long from now on: "2d"; nothing: a whole lifetime. Answers with the deadline',
    },
  );
  setHandler(
    approveUpdate,
    async (argument): Promise<ApproveAnswer> =>
      await answered(entity, async () => {
        const read = readApprove(argument);
        if (!read.ok) throw refusal(read.wrong);
        const { sha } = read.value;
        record({ kind: 'approved', ...read.value });
        const looked = await condition(() => !isLooking(state()), approvalLookMs);
        if (!looked) throw refusal('GitHub did not say in time what the head is; approve it again');
        const head = state().pullRequest?.head.sha ?? null;
        if (state().approved?.sha === sha) return { sha };
        throw refusal(
          state().ending === 'closed'
            ? 'the pull request is closed'
            : `${sha} is not the head of the pull request: that is ${head ?? 'not known'}`,
        );
      }),
    { description: 'Allow one commit of an outsider: {"sha": "…", "by": "<login>"}' },
  );
}

/** An Update that is sent again, before or after a continue-as-new, gets the answer that it got. */
async function answered<T>({ state, record }: Entity, work: () => T | Promise<T>): Promise<T> {
  const id = currentUpdateInfo()?.id ?? '';
  const before = state().answers.find((answer) => answer.id === id);
  if (before?.ok === true) return before.answer as T;
  if (before?.ok === false) throw refusal(before.reason);
  try {
    const answer = await work();
    record({ kind: 'answered', answer: { id, ok: true, answer } });
    return answer;
  } catch (error) {
    if (error instanceof ApplicationFailure)
      record({ kind: 'answered', answer: { id, ok: false, reason: error.message } });
    throw error;
  }
}

function refusal(reason: string): ApplicationFailure {
  return ApplicationFailure.nonRetryable(reason, 'BadMessage');
}
