import { formatDuration, parseDuration } from './lifetime.ts';
import { didYouMean } from './nearest.ts';
import { inlineCode } from './report-text.ts';

/** What a person may ask for in a comment. */
export type Command =
  | { readonly kind: 'deploy' | 'close' | 'cancel' | 'reset' | 'status' | 'help' }
  | {
      readonly kind: 'extend';
      /** From now on, in milliseconds; null: a whole lifetime. */
      readonly durationMs: number | null;
    }
  | { readonly kind: 'approve'; readonly sha: string };

/** What a comment says to us: nothing, one command, or something that is meant for us and cannot be done. */
export type CommentReading =
  | { readonly kind: 'nothing' }
  | { readonly kind: 'command'; readonly command: Command }
  | { readonly kind: 'wrong'; readonly reason: string };

/** How long after it was written a command is still done, in milliseconds. */
const doneWithinMs = 10 * 60_000;

/**
 * Why a command that comes so late is not done any more, as Markdown; null: it may be done. Whoever gave it may have
 * commanded something else since, which an older word must not undo; what only asks harms nothing.
 *
 * @param ageMs milliseconds since it was written.
 */
export function lateness({ kind }: Command, ageMs: number): string | null {
  if (kind === 'status' || kind === 'help' || ageMs <= doneWithinMs) return null;
  const late = `it reached us only ${formatDuration(ageMs - (ageMs % 60_000))} after it was written`;
  return `${late}, and other things may have been said since. If you still want it, say it again in a new comment`;
}

/** Every command as a person writes it, with what it does. */
export const commandHelp: readonly (readonly [usage: string, does: string])[] = [
  ['/preview', 'deploy the head commit, also one that failed, and bring back what is gone'],
  ['/preview status', 'answer where it stands'],
  ['/preview extend 2d', 'let it live two days from now; without a duration, a whole lifetime'],
  ['/preview cancel', 'stop the deploy that runs or waits; what is live stays'],
  ['/preview reset', 'drop the database, make it anew and deploy again'],
  ['/preview close', 'take it away'],
  ['/preview approve <sha>', "allow one commit of an outsider's pull request"],
  ['/preview help', 'show this list'],
];

const words = ['close', 'extend', 'cancel', 'reset', 'approve', 'status', 'help'] as const;

/**
 * Reads the lines of a comment that stand outside of quotes and code. A line is meant for us when its first word is
 * exactly `/preview`: one such line is a command, anything else in the comment is ignored.
 */
export function readCommand(lines: readonly string[]): CommentReading {
  const ours = lines.map((line) => line.trim().split(/\s+/)).filter(([first]) => first === '/preview');
  const [line, ...more] = ours;
  if (line === undefined) return { kind: 'nothing' };
  if (more.length > 0) return wrong(`one command in a comment, please: this one has ${ours.length}`);
  return readWords(line.slice(1));
}

function readWords([word, ...rest]: readonly string[]): CommentReading {
  switch (word) {
    case undefined:
      return command({ kind: 'deploy' });
    case 'close':
    case 'cancel':
    case 'reset':
    case 'status':
    case 'help':
      return rest.length === 0
        ? command({ kind: word })
        : wrong(`\`/preview ${word}\` takes nothing more, but ${quoted(rest.join(' '))} follows`);
    case 'extend':
      return readExtension(rest);
    case 'approve':
      return readApproval(rest);
    default: {
      const all = words.map((each) => `\`${each}\``).join(', ');
      return wrong(
        `there is no command ${quoted(word)}${didYouMean(word, words) || '.'} There is \`/preview\` alone, or with one of ${all}`,
      );
    }
  }
}

function readExtension([duration, ...rest]: readonly string[]): CommentReading {
  if (duration === undefined) return command({ kind: 'extend', durationMs: null });
  const durationMs = rest.length === 0 ? parseDuration(duration) : null;
  if (durationMs !== null && durationMs > 0) return command({ kind: 'extend', durationMs });
  const found = quoted([duration, ...rest].join(' '));
  return wrong(`\`/preview extend\` takes a duration in whole d, h, m and s, such as \`2d\`, not ${found}`);
}

function readApproval([sha, ...rest]: readonly string[]): CommentReading {
  if (sha !== undefined && rest.length === 0 && /^[0-9a-f]{40}$/.test(sha))
    return command({ kind: 'approve', sha });
  const found = sha === undefined ? 'nothing' : quoted([sha, ...rest].join(' '));
  // a short one may be that of another commit, too
  return wrong(`\`/preview approve\` takes the whole commit id, 40 lower-case hex digits, not ${found}`);
}

function command(command: Command): CommentReading {
  return { kind: 'command', command };
}

function wrong(reason: string): CommentReading {
  return { kind: 'wrong', reason };
}

/** Words of a stranger, short. */
function quoted(text: string): string {
  const short = text.length > 60 ? `${text.slice(0, 60)}…` : text;
  return inlineCode(short);
}
