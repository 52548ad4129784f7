import type { Read } from '../../domain/messages.ts';
import type { PreviewEvent } from './read-event.ts';
import { readEvent } from './read-event.ts';
import type { EventsBody } from './wire.ts';

/** The run that says something: its repository, and who started it. */
interface Speaker {
  readonly owner: string;
  readonly repository: string;
  readonly actor: string | null;
}

/** What a preview is told because of what a run says; its repository is always that of the run. */
export function eventOf(body: EventsBody, { owner, repository, actor }: Speaker): Read<PreviewEvent> {
  switch (body.kind) {
    case 'event':
      return readEvent(body.name, body.payload);
    case 'images': {
      const { number, sha } = body;
      const images = body.images.map(({ service, image = null, digest }) => ({ service, image, digest }));
      return {
        ok: true,
        value: { kind: 'images', ref: { owner, repository, number }, message: { sha, images } },
      };
    }
    case 'wish': {
      const { number, wish } = body;
      return { ok: true, value: { kind: 'wish', ref: { owner, repository, number }, wish, by: actor } };
    }
  }
}
