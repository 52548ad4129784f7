import type { IncomingMessage } from 'node:http';
import { isRef } from '../../domain/preview-input.ts';
import type { PreviewReadings } from '../preview-readings.ts';
import type { Answer } from './answer.ts';
import type { CiGate } from './ci.ts';
import { RequestRefusal } from './refusal.ts';

export interface StatusDependencies {
  readonly gate: CiGate;
  readonly previews: Pick<PreviewReadings, 'status'>;
}

/** What the path says, decoded. */
export interface StatusPath {
  readonly owner: string;
  readonly repository: string;
  readonly number: string;
}

/** Tells a run of the same repository where a preview stands: `readingAnswer` of `client/events/wire.ts`. */
export async function tellStatus(
  request: IncomingMessage,
  path: StatusPath,
  { gate, previews }: StatusDependencies,
): Promise<Answer> {
  const run = await gate.admit(request);
  const ref = { ...path, number: /^\d{1,15}$/.test(path.number) ? Number(path.number) : 0 };
  if (!isRef(ref))
    throw new RequestRefusal(
      { status: 400, code: 'path' },
      'wanted /v1/previews/{owner}/{repository}/{number} of a pull request',
    );
  const name = `${ref.owner}/${ref.repository}`;
  if (name.toLowerCase() !== run.repository.toLowerCase())
    throw new RequestRefusal(
      { status: 403, code: 'forbidden' },
      `the token is of ${run.repository}, not of ${name}`,
    );
  await gate.permit(run, { kind: 'status' });
  const reading = await previews.status(ref);
  return {
    status: 200,
    body: reading,
    about: { repository: name, number: ref.number, reading: reading.kind },
  };
}
