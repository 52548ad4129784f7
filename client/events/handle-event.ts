import { formatRef } from '../../domain/pull-request.ts';
import type { PreviewClient, Sent } from '../preview-client.ts';
import type { CommentGitHub } from './comment-git-hub.ts';
import { handleComment } from './handle-comment.ts';
import type { EventTarget, PreviewEvent } from './read-event.ts';
import type { EventResult } from './wire.ts';

export interface EventDependencies {
  readonly previews: Omit<PreviewClient, 'list'>;
  readonly gitHub: CommentGitHub;
  /** The time now, in epoch milliseconds: a command that comes late is not done. */
  readonly now: () => number;
  /** Called when nothing can be lost any more, but words to a person are still to be written. */
  readonly onDurable?: () => void;
  /** Told what did not succeed and matters to nobody but an operator, in one line. */
  readonly warn?: (message: string) => void;
}

/**
 * Tells a preview what follows from an event. Done twice it is told twice, which harms nothing: what GitHub says of the
 * pull request is read again by the preview; a command that was done once is known by our reaction to its comment, and
 * one that comes late is refused. A wish alone is done again, whatever was wished since.
 *
 * @throws {ClientError} `temporalAway`, `workerSilent`; the failures of GitHub when nobody knows who may do what. Then
 *   nothing is certain to have been told, and the same event may be handled again.
 */
export async function handleEvent(
  event: PreviewEvent,
  dependencies: EventDependencies,
): Promise<EventResult> {
  const { previews } = dependencies;
  switch (event.kind) {
    case 'ignored':
      return { outcome: 'ignored', reason: event.reason };
    case 'comment':
      return await handleComment(event, dependencies);
    case 'push':
      return told(event, 'push', await previews.push(event.ref, { sha: event.sha, reason: 'event' }));
    case 'close':
      return told(event, 'close', await previews.close(event.ref, { reason: 'event', by: null }));
    case 'wish': {
      const { ref, wish, by } = event;
      return wish === 'deploy'
        ? told(event, 'push', await previews.push(ref, { sha: null, reason: 'command' }))
        : told(event, 'close', await previews.close(ref, { reason: 'command', by }));
    }
    case 'images': {
      const heard = await previews.imagesReady(event.ref, event.message);
      return heard.accepted
        ? told(event, 'imagesReady', heard)
        : { outcome: 'ignored', reason: heard.notice };
    }
  }
}

type Told = EventResult & { readonly outcome: 'told' };

function told(
  { ref }: Pick<EventTarget, 'ref'>,
  message: Told['message'],
  { workflowId }: Pick<Sent, 'workflowId'>,
): Told {
  return { outcome: 'told', message, pullRequest: formatRef(ref), workflowId };
}
