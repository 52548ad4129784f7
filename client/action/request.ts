import type { PullRequestRef } from '../../domain/pull-request.ts';
import { essentialPayload, readEvent } from '../events/read-event.ts';
import type { EventsBody } from '../events/wire.ts';
import { ClientError } from '../exit-codes.ts';
import type { ActionInputs } from './inputs.ts';
import type { RunFacts } from './run-facts.ts';
import { subjectOf } from './run-facts.ts';

/** What is sent, about which pull request, and the commit that is meant. */
export type ActionRequest =
  | {
      readonly kind: 'send';
      readonly body: EventsBody;
      readonly ref: PullRequestRef;
      /** Null: whatever the head is by then. */
      readonly commit: string | null;
    }
  | { readonly kind: 'nothing'; readonly reason: string };

/** What follows from inputs and event. @throws {ClientError} `usage` where they do not say enough. */
export function requestOf(inputs: ActionInputs, facts: RunFacts): ActionRequest {
  return inputs.command === 'event' ? eventRequest(facts) : commandRequest(inputs, facts);
}

/** GitHub's own event is handed on; that of a run by hand, a schedule or a push says nothing of a pull request. */
function eventRequest({ event, payload }: RunFacts): ActionRequest {
  const read = readEvent(event, payload);
  if (!read.ok) throw new ClientError('usage', read.wrong);
  if (read.value.kind === 'ignored') return { kind: 'nothing', reason: read.value.reason };
  const essential = essentialPayload(event, payload);
  if (!essential.ok) throw new ClientError('usage', essential.wrong);
  const { ref } = read.value;
  const commit = read.value.kind === 'push' ? read.value.sha : null;
  const name = event as (EventsBody & { kind: 'event' })['name'];
  return { kind: 'send', body: { kind: 'event', name, payload: essential.value }, ref, commit };
}

function commandRequest({ command, images, ...given }: ActionInputs, facts: RunFacts): ActionRequest {
  const { owner, repository, event, payload } = facts;
  const subject = subjectOf(payload);
  const number = given.number ?? subject.number;
  if (number === null) {
    const what = `the event ${event} is about no pull request`;
    throw new ClientError('usage', `number: wanted the number of a pull request, as ${what}`);
  }
  // the head of another pull request says nothing of this one
  const head = number === subject.number ? subject.commit : null;
  const ref = { owner, repository, number };
  if (command === 'deploy' || command === 'close')
    return {
      kind: 'send',
      body: { kind: 'wish', number, wish: command },
      ref,
      commit: command === 'deploy' ? head : null,
    };
  const sha = given.commit ?? head;
  if (sha === null) {
    throw new ClientError(
      'usage',
      `commit: wanted the commit of the images, as the event ${event} does not say it`,
    );
  }
  return { kind: 'send', body: { kind: 'images', number, sha, images: [...images] }, ref, commit: sha };
}
