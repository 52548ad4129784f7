import type { CommentRef } from '../../domain/command-comment.ts';
import type { Command } from '../../domain/command.ts';
import { formatDuration } from '../../domain/lifetime.ts';
import { formatRef } from '../../domain/pull-request.ts';
import { renderCommands, renderMemo, renderNoPreview, renderStanding } from '../../domain/reply.ts';
import { previewWorkflowId } from '../../domain/workflow-ids.ts';
import type { PreviewReading } from '../preview-readings.ts';
import type { EventDependencies } from './handle-event.ts';
import type { EventResult } from './wire.ts';

interface Given {
  readonly about: CommentRef;
  /** Login of the person, who may. */
  readonly by: string;
  readonly command: Command;
}

/**
 * Passes a command on, or answers it. An Update carries the comment's id: sent again it is the same one.
 *
 * @throws {ClientError} `refused` and `notFound` with words for the person, `temporalAway`, `workerSilent`.
 */
export async function runCommand(
  { about, by, command }: Given,
  { previews, gitHub, onDurable = () => undefined }: EventDependencies,
): Promise<EventResult> {
  const { ref, commentId } = about;
  const id = `comment-${commentId}`;
  const told = (message: (EventResult & { outcome: 'told' })['message']): EventResult => {
    onDurable();
    return { outcome: 'told', message, pullRequest: formatRef(ref), workflowId: previewWorkflowId(ref) };
  };
  const answered = async (command: 'status' | 'help', words: string): Promise<EventResult> => {
    onDurable();
    await gitHub.answer(about, words);
    return { outcome: 'answered', command, pullRequest: formatRef(ref) };
  };
  switch (command.kind) {
    case 'deploy':
      await previews.push(ref, { sha: null, reason: 'command' });
      return told('push');
    case 'close':
      await previews.close(ref, { reason: 'command', by });
      return told('close');
    case 'cancel':
      await previews.cancel(ref, { by });
      return told('cancel');
    case 'reset':
      await previews.reset(ref, { by });
      return told('reset');
    case 'extend': {
      const duration = command.durationMs === null ? null : formatDuration(command.durationMs);
      await previews.extend(ref, { id, duration, by });
      return told('extend');
    }
    case 'approve':
      await previews.approve(ref, { id, sha: command.sha, by, onAccepted: onDurable });
      return told('approve');
    case 'status':
      return await answered('status', wordsOf(await previews.status(ref)));
    case 'help':
      return await answered('help', renderCommands());
  }
}

function wordsOf(reading: PreviewReading): string {
  switch (reading.kind) {
    case 'absent':
      return renderNoPreview();
    case 'answered':
      return renderStanding(reading.status);
    case 'silent':
      return renderMemo(reading.memo);
  }
}
