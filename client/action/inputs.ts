import { parseDuration } from '../../domain/lifetime.ts';
import type { ReportedImage } from '../../domain/messages.ts';
import { ClientError } from '../exit-codes.ts';
import { readImageLines } from './image-lines.ts';
import type { InputReader } from './input-reader.ts';
import { quoted } from './input-reader.ts';
import type { Way } from './way-inputs.ts';
import { readWay } from './way-inputs.ts';

export const actionCommands = ['event', 'deploy', 'close', 'images'] as const;

export type ActionCommand = (typeof actionCommands)[number];

/** What a workflow says to the action, read. */
export interface ActionInputs {
  readonly command: ActionCommand;
  /** Null: the pull request of the event. */
  readonly number: number | null;
  /** Null: the commit of the event's pull request. */
  readonly commit: string | null;
  /** Empty but for `images`. */
  readonly images: readonly ReportedImage[];
  /** How long it is waited for the preview, in milliseconds; null: not at all. */
  readonly waitMs: number | null;
  readonly way: Way;
  /** For GitHub, where the action itself decides who may give a command. */
  readonly gitHubToken: string | null;
}

/**
 * Reads all inputs.
 *
 * @param get an input by its name.
 * @param env of the job, for Temporal's own variables.
 * @throws {ClientError} `usage` with everything that is wrong with them.
 */
export function readInputs(get: (name: string) => string, env: NodeJS.ProcessEnv): ActionInputs {
  const problems: string[] = [];
  const reader: InputReader = {
    get: (name) => get(name).trim(),
    wrong: (problem) => void problems.push(problem),
  };
  const command = readCommand(reader);
  const inputs = {
    command,
    number: readNumber(reader, command),
    commit: readCommit(reader, command),
    images: readImages(reader, command),
    waitMs: readWait(reader),
    way: readWay(reader, env),
    gitHubToken: reader.get('github-token') || null,
  };
  const { way } = inputs;
  if (problems.length > 0 || way === null) throw unusable(problems);
  return { ...inputs, way };
}

function readCommand({ get, wrong }: InputReader): ActionCommand {
  const word = get('command') || 'event';
  const command = actionCommands.find((one) => one === word);
  if (command === undefined)
    wrong(`command: wanted one of ${actionCommands.join(', ')}, got ${quoted(word)}`);
  return command ?? 'event';
}

function readNumber({ get, wrong }: InputReader, command: ActionCommand): number | null {
  const word = get('number');
  if (word === '') return null;
  if (command === 'event')
    wrong('number: the event says which pull request; leave it away, or give a command');
  const number = /^[1-9]\d{0,14}$/.test(word) ? Number(word) : null;
  if (number === null) wrong(`number: wanted the number of a pull request, got ${quoted(word)}`);
  return number;
}

function readCommit({ get, wrong }: InputReader, command: ActionCommand): string | null {
  const commit = get('commit').toLowerCase();
  if (commit === '') return null;
  if (command !== 'images') wrong('commit: goes with command images only');
  if (!/^[0-9a-f]{40}$/.test(commit)) wrong(`commit: wanted 40 hex digits, got ${quoted(commit)}`);
  return commit;
}

function readImages({ get, wrong }: InputReader, command: ActionCommand): readonly ReportedImage[] {
  const text = get('images');
  if (command !== 'images') {
    if (text !== '') wrong('images: goes with command images only');
    return [];
  }
  const read = readImageLines(text);
  for (const problem of read.wrong) wrong(`images: ${problem}`);
  if (read.images.length === 0 && read.wrong.length === 0)
    wrong('images: wanted at least one line service=sha256:…');
  return read.images;
}

function readWait({ get, wrong }: InputReader): number | null {
  const word = get('wait') || 'false';
  if (word === 'false') return null;
  const waitMs = parseDuration(word);
  if (waitMs === null || waitMs === 0)
    wrong(`wait: wanted a duration such as 15m, or false, got ${quoted(word)}`);
  return waitMs;
}

function unusable(problems: readonly string[]): ClientError {
  const lines = problems.map((problem) => `- ${problem}`);
  return new ClientError('usage', ['The inputs cannot be used; nothing was sent.', ...lines].join('\n'));
}
