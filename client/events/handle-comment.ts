import type { Command } from '../../domain/command.ts';
import { lateness, readCommand } from '../../domain/command.ts';
import type { CommandReaction, CommentRef, Reacted } from '../../domain/command-comment.ts';
import { formatRef } from '../../domain/pull-request.ts';
import { renderNoAnswer, renderRefusal } from '../../domain/reply.ts';
import { escapeMarkdown } from '../../domain/report-text.ts';
import { ClientError } from '../exit-codes.ts';
import { plainLines } from './comment-lines.ts';
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
  const { gitHub } = dependencies;
  const about = { ref, commentId: comment.id };
  const reading = commandOf(comment);
  if (reading.kind === 'nothing') return { outcome: 'ignored', reason: reading.reason };
  if (!(await gitHub.mayWrite(ref, reading.by))) {
    await react(about, '-1', dependencies);
    return refused(about, `${reading.by} has no write permission in ${ref.owner}/${ref.repository}`);
  }
  if (reading.kind === 'wrong') return await refuse(about, reading.reason, dependencies);
  const late = lateness(reading.command, dependencies.now() - comment.writtenAt);
  if (late !== null) {
    const done = await gitHub.hasReaction(about, ['+1', 'confused']);
    return done ? doneBefore : await refuse(about, late, dependencies);
  }
  const taken = await react(about, 'rocket', dependencies);
  if (taken === 'again' && (await gitHub.hasReaction(about, ['+1', 'confused']))) return doneBefore;
  try {
    const result = await runCommand({ about, ...reading }, dependencies);
    await react(about, '+1', dependencies);
    return result;
  } catch (error) {
    const reason = refusalOf(error, about);
    if (reason !== null) return await refuse(about, reason, dependencies);
    if (error instanceof ClientError && error.code === 'workerSilent')
      await quietly(dependencies, () => gitHub.answer(about, renderNoAnswer()));
    throw error;
  }
}

const doneBefore: EventResult = { outcome: 'ignored', reason: 'this command was done before' };

type CommentReading =
  | { readonly kind: 'nothing'; readonly reason: string }
  | { readonly kind: 'command'; readonly by: string; readonly command: Command }
  /** `reason` is Markdown of ours. */
  | { readonly kind: 'wrong'; readonly by: string; readonly reason: string };

function commandOf({ author, body, edited }: EventComment): CommentReading {
  const nothing = (reason: string): CommentReading => ({ kind: 'nothing', reason });
  if (author === null) return nothing('its author has no account any more');
  const by = author.login;
  if (author.bot) return nothing(`${by} is a bot`);
  // whoever wrote it: what we write ourselves begins so, and gives no commands
  if (/^\s*<!-- pr-preview:/i.test(body)) return nothing('it carries the mark of our own comments');
  const reading = readCommand(plainLines(body));
  if (reading.kind === 'nothing') return nothing('it is no command');
  if (edited)
    return { kind: 'wrong', by, reason: 'the comment was changed since it was written; write a new one' };
  return { ...reading, by };
}

/** What the preview itself refused, or that there is none: Markdown. Null: it is another error, and not for a comment. */
function refusalOf(error: unknown, { ref }: CommentRef): string | null {
  if (!(error instanceof ClientError)) return null;
  const { code, message } = error;
  const prefix = `${formatRef(ref)}: `;
  if (code === 'refused' && message.startsWith(prefix)) return escapeMarkdown(message.slice(prefix.length));
  return code === 'notFound' ? 'there is no preview of this pull request' : null;
}

async function refuse(
  about: CommentRef,
  reason: string,
  dependencies: EventDependencies,
): Promise<EventResult> {
  dependencies.onDurable?.();
  // the words first: who comes again and finds the reaction says nothing more
  await dependencies.gitHub.answer(about, renderRefusal(reason));
  await react(about, 'confused', dependencies);
  return refused(about, reason);
}

function refused({ ref }: CommentRef, reason: string): EventResult {
  return { outcome: 'refused', reason, pullRequest: formatRef(ref) };
}

/** A reaction is a courtesy: what was commanded is done also where GitHub takes none. */
async function react(
  about: CommentRef,
  reaction: CommandReaction,
  dependencies: EventDependencies,
): Promise<Reacted | null> {
  return await quietly(dependencies, () => dependencies.gitHub.react(about, reaction));
}

/** Null: it did not succeed, which changes nothing. */
async function quietly<T>({ warn }: EventDependencies, work: () => Promise<T>): Promise<T | null> {
  try {
    return await work();
  } catch (error) {
    warn?.(error instanceof Error ? error.message : String(error));
    return null;
  }
}
