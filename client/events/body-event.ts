import type { PreviewEvent } from '../events/read-event.ts';
import { readEvent } from '../events/read-event.ts';
import type { EventsBody } from '../events/wire.ts';
import { ClientError } from '../exit-codes.ts';
import type { RunFacts } from './run-facts.ts';

/** What a preview is told because of a run's own word. @throws {ClientError} `usage` */
export function eventOf(body: EventsBody, { owner, repository, actor }: RunFacts): PreviewEvent {
  switch (body.kind) {
    case 'event': {
      const read = readEvent(body.name, body.payload);
      if (read.ok) return read.value;
      throw new ClientError('usage', read.wrong);
    }
    case 'images': {
      const { number, sha } = body;
      const images = body.images.map(({ image = null, ...rest }) => ({ ...rest, image }));
      return { kind: 'images', ref: { owner, repository, number }, message: { sha, images } };
    }
    case 'wish':
      return { kind: 'wish', ref: { owner, repository, number: body.number }, wish: body.wish, by: actor };
  }
}
