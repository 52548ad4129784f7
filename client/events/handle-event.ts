import { formatRef } from '../../domain/pull-request.ts';
import type { PreviewClient } from '../preview-client.ts';
import type { CommentGitHub } from './comment-git-hub.ts';
import { handleComment } from './handle-comment.ts';
import type { PreviewEvent } from './read-event.ts';
import type { EventResult } from './wire.ts';

export interface EventDependencies {
  readonly previews: Omit<PreviewClient, 'list'>;
  readonly gitHub: CommentGitHub;
  /** Called once nothing can be lost any more: Temporal has what was asked, or it is refused; words may still follow. */
  readonly onDurable?: () => void;
  /** Told what did not succeed and matters to nobody but an operator, in one line. */
  readonly warn?: (message: string) => void;
}

/**
 * Tells a preview what follows from an event. Done twice it is told twice, which harms nothing: what GitHub says of the
 * pull request is read again by the preview; a command that was done once is known by our reaction to its comment.
 *
 * @throws {ClientError} `temporalAway`, `workerSilent`; the failures of GitHub when nobody knows who may do what. Then
 *   nothing is certain to have been told, and the same event may be handled again.
 */
export async function handleEvent(
  event: PreviewEvent,
  dependencies: EventDependencies,
): Promise<EventResult> {
  const { previews, onDurable = () => undefined } = dependencies;
  switch (event.kind) {
    case 'ignored':
      onDurable();
      return { outcome: 'ignored', reason: event.reason };
    case 'comment':
      return await handleComment(event, dependencies);
    case 'push': {
      const { workflowId } = await previews.push(event.ref, { sha: event.sha, reason: 'event' });
      onDurable();
      return { outcome: 'told', message: 'push', pullRequest: formatRef(event.ref), workflowId };
    }
    case 'close': {
      const { workflowId } = await previews.close(event.ref, { reason: 'event', by: null });
      onDurable();
      return { outcome: 'told', message: 'close', pullRequest: formatRef(event.ref), workflowId };
    }
    case 'wish': {
      const { ref, wish, by } = event;
      const { workflowId } =
        wish === 'deploy'
          ? await previews.push(ref, { sha: null, reason: 'command' })
          : await previews.close(ref, { reason: 'command', by });
      onDurable();
      const message = wish === 'deploy' ? 'push' : 'close';
      return { outcome: 'told', message, pullRequest: formatRef(ref), workflowId };
    }
    case 'images': {
      const heard = await previews.imagesReady(event.ref, event.message);
      onDurable();
      if (!heard.accepted) return { outcome: 'ignored', reason: heard.notice };
      const { workflowId } = heard;
      return { outcome: 'told', message: 'imagesReady', pullRequest: formatRef(event.ref), workflowId };
    }
  }
}
