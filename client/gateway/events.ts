import type { IncomingMessage } from 'node:http';
import { faultsInWords } from '../../config/problem.ts';
import { checkSchema } from '../../config/schema-faults.ts';
import type { CiPurpose } from '../../domain/ci-run.ts';
import { eventOf } from '../events/body-event.ts';
import type { CommentGitHub } from '../events/comment-git-hub.ts';
import { confirmComment } from '../events/confirm-comment.ts';
import type { PreviewEvent } from '../events/read-event.ts';
import { eventsBody } from '../events/wire.ts';
import type { Answer } from './answer.ts';
import { answerResult } from './answer.ts';
import type { CiGate } from './ci.ts';
import { nameOf } from './ci.ts';
import type { Handling } from './handling.ts';
import { parseJson, readBody } from './read-body.ts';
import { RequestRefusal } from './refusal.ts';

export interface EventsDependencies {
  readonly gate: CiGate;
  readonly gitHub: Pick<CommentGitHub, 'readComment'>;
  readonly handle: (event: PreviewEvent, about: Readonly<Record<string, unknown>>) => Handling;
}

/** The longest body that is read, in bytes: a comment of GitHub's greatest length, and room. */
const longestBody = 512 * 1024;

/** Takes what a workflow's run sends (`client/events/wire.ts`). Answered when all of it is done, words to people too. */
export async function takeEvent(
  request: IncomingMessage,
  { gate, gitHub, handle }: EventsDependencies,
): Promise<Answer> {
  const run = await gate.admit(request);
  const body = parseBody(await readBody(request, longestBody));
  const read = eventOf(body, { ...nameOf(run), actor: run.actor });
  if (!read.ok) throw wrong(read.wrong);
  const claimed = read.value;
  const about = { repository: run.repository, run: run.event, kind: body.kind };
  const purpose = purposeOf(body, claimed);
  if (purpose !== null) await gate.permit(run, purpose);
  const event = purpose === null ? claimed : await confirmComment(claimed, gitHub);
  return { ...answerResult(await handle(event, about).result), about };
}

type Body = (typeof eventsBody)['_output'];

function parseBody(raw: Buffer): Body {
  const checked = checkSchema(eventsBody, parseJson(raw));
  if (checked.ok) return checked.value;
  throw wrong(faultsInWords(checked.faults));
}

/** Null: nothing follows, whoever says it. */
function purposeOf(body: Body, event: PreviewEvent): CiPurpose | null {
  switch (event.kind) {
    case 'ignored':
      return null;
    case 'images':
      return { kind: 'images', number: event.ref.number, sha: event.message.sha };
    case 'wish':
      return { kind: 'wish' };
    case 'push':
    case 'close':
    case 'comment': {
      const { owner, repository, number } = event.ref;
      const name = body.kind === 'event' ? body.name : '';
      return {
        kind: 'event',
        name,
        repository: `${owner}/${repository}`,
        repositoryId: event.repositoryId,
        number,
        closes: event.kind === 'close',
      };
    }
  }
}

function wrong(message: string): RequestRefusal {
  return new RequestRefusal({ status: 400, code: 'body' }, message);
}
