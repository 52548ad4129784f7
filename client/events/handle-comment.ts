import type { Command } from '../../domain/command.ts';
import { readCommand } from '../../domain/command.ts';
import { formatRef } from '../../domain/pull-request.ts';
import { renderNoAnswer, renderRefusal } from '../../domain/reply.ts';
import { escapeMarkdown } from '../../domain/report-text.ts';
import { plainLines } from '../comment-lines.ts';
import { ClientError } from '../exit-codes.ts';
import type { CommandReaction, CommentRef } from './comment-git-hub.ts';
import type { EventDependencies } from './handle-event.ts';
import type { EventComment, EventTarget } from './read-event.ts';
import { runCommand } from './run-command.ts';
import type { EventResult } from './wire.ts';

/**
 * Does what a comment commands, in this order: is it a command, who is it, our reaction, and only then Temporal. Somebody
 * without write permission starts nothing, and gets a reaction and no words: words could be ordered without end.
 */
export async function handleComment(
  { ref, comment }: EventTarget & { readonly comment: EventComment },
  dependencies: EventDependencies,
): Promise<EventResult> {
  const { gitHub, onDurable = () => undefined } = dependencies;
  const reading = commandOf(comment);
  if (typeof reading === 'string') {
    onDurable();
    return { outcome: 'ignored', reason: reading };
  }
  const { by, command } = reading;
  const about = { ref, commentId: comment.id };
  const refuse = (reason: string): EventResult => ({
    outcome: 'refused',
    reason,
    pullRequest: formatRef(ref),
  });
  if (!(await gitHub.mayWrite(ref, by))) {
    await react(about, '-1', dependencies);
    onDurable();
    return refuse(`${by} has no write permission in ${ref.owner}/${ref.repository}`);
  }
  if (typeof command === 'string') {
    await react(about, 'confused', dependencies);
    onDurable();
    await gitHub.answer(about, renderRefusal(command));
    return refuse(command);
  }
  const taken = await react(about, 'rocket', dependencies);
  if (taken === 'again' && (await gitHub.hasReaction(about, ['+1', 'confused']))) {
    onDurable();
    return { outcome: 'ignored', reason: 'this command was done before' };
  }
  try {
    const result = await runCommand({ about, by, command }, dependencies);
    await react(about, '+1', dependencies);
    return result;
  } catch (error) {
    if (!(error instanceof ClientError)) throw error;
    if (error.code === 'workerSilent') await answerQuietly(about, renderNoAnswer(), dependencies);
    if (error.code !== 'refused' && error.code !== 'notFound') throw error;
    const reason = error.message.replace(`${formatRef(ref)}: `, '');
    await react(about, 'confused', dependencies);
    onDurable();
    await gitHub.answer(about, renderRefusal(escapeMarkdown(reason)));
    return refuse(reason);
  }
}

/** Who wants what, or what is wrong with it; or why a comment is nothing to us. */
function commandOf(
  comment: EventComment,
): string | { readonly by: string; readonly command: Command | string } {
  const { author, body } = comment;
  if (author === null) return 'its author has no account any more';
  if (author.bot) return `${author.login} is a bot`;
  // whoever wrote it: what we write ourselves begins so, and gives no commands
  if (/^\s*<!-- pr-preview:/i.test(body)) return 'it carries the mark of our own comments';
  const reading = readCommand(plainLines(body));
  switch (reading.kind) {
    case 'nothing':
      return 'it is no command';
    case 'command':
      return { by: author.login, command: reading.command };
    case 'wrong':
      return { by: author.login, command: reading.reason };
  }
}

/** A reaction is a courtesy: what was commanded is done also where GitHub takes none. */
async function react(
  about: CommentRef,
  reaction: CommandReaction,
  { gitHub, warn }: EventDependencies,
): Promise<'first' | 'again' | 'failed'> {
  try {
    return await gitHub.react(about, reaction);
  } catch (error) {
    warn?.(error instanceof Error ? error.message : String(error));
    return 'failed';
  }
}

/** An error is on its way already: that it cannot be told here either changes nothing. */
async function answerQuietly(
  about: CommentRef,
  body: string,
  { gitHub, warn }: EventDependencies,
): Promise<void> {
  try {
    await gitHub.answer(about, body);
  } catch (error) {
    warn?.(error instanceof Error ? error.message : String(error));
  }
}
