import { z } from 'zod';
import { imagesAtMost } from '../../domain/read-message.ts';
import { phases } from '../../domain/status.ts';
import type { PreviewReading } from '../preview-readings.ts';

/*
 * The contract between the action and the gateway. Every request carries `Authorization: Bearer <token>`, an OIDC token
 * of the running workflow made for the audience `audienceOf(endpoint)`.
 *
 *   POST {endpoint}/v1/events                                `eventsBody` as JSON → `eventResult`, or `errorAnswer`
 *   GET  {endpoint}/v1/previews/{owner}/{repository}/{number}               → `readingAnswer`, or `errorAnswer`
 *
 * The repository is always that of the token; a body that names another one is refused. Status: 202 told, 200 answered,
 * ignored or refused by the preview, 4xx `errorAnswer` (do not send it again), 5xx `errorAnswer` (nothing is certain to
 * have been done; send it again, soon). What was done after all is done again then, which matters to a `reset` alone,
 * where it lacks its reaction, and to a wish that another one followed. 503 may carry `retry-after` in seconds.
 */

/** What a token must be made for: the gateway's address as both sides are told it, without a final slash. */
export function audienceOf(endpoint: string): string {
  return endpoint.replace(/\/+$/, '');
}

const number = z.int().positive();

/** What a workflow's run sends. */
export const eventsBody = z.discriminatedUnion('kind', [
  /** The event that the run was started by: its name, and `essentialPayload` of its payload. */
  z.strictObject({
    kind: z.literal('event'),
    name: z.enum(['pull_request', 'pull_request_target', 'issue_comment']),
    payload: z.unknown(),
  }),
  /**
   * CI's word on the images of a commit. Runs of `push`, `pull_request` (of this very pull request), `pull_request_target`,
   * `workflow_run` and `workflow_dispatch` may send it.
   */
  z.strictObject({
    kind: z.literal('images'),
    number,
    sha: z.string().regex(/^[0-9a-f]{40}$/, 'expected a commit as 40 lower-case hex digits'),
    images: z
      .array(
        z.strictObject({
          service: z.string().min(1).max(200),
          /** Key in the service's `images`; null: all of them. */
          image: z.string().min(1).max(200).nullable().default(null),
          /** Null: CI did not build it for this commit. */
          digest: z
            .string()
            .regex(/^sha256:[0-9a-f]{64}$/, 'expected a digest as sha256:<64 hex digits>')
            .nullable(),
        }),
      )
      .max(imagesAtMost),
  }),
  /** What a person who started a run by `workflow_dispatch` wants of any pull request of the repository. */
  z.strictObject({ kind: z.literal('wish'), number, wish: z.enum(['deploy', 'close']) }),
]);

export type EventsBody = z.input<typeof eventsBody>;

const pullRequest = z.string();

/** What became of an event. `pullRequest` is `owner/repository#number`; reasons are one line, for a log. */
export const eventResult = z.discriminatedUnion('outcome', [
  /** The preview's workflow has it. */
  z.object({
    outcome: z.literal('told'),
    message: z.enum(['push', 'close', 'cancel', 'reset', 'extend', 'approve', 'imagesReady']),
    pullRequest,
    workflowId: z.string(),
  }),
  /** A person asked something, and has the answer in a comment. */
  z.object({ outcome: z.literal('answered'), command: z.enum(['status', 'help']), pullRequest }),
  /** There is nothing to do, which is no error. */
  z.object({ outcome: z.literal('ignored'), reason: z.string() }),
  /** A person asked for what may not or cannot be done; nothing was changed. */
  z.object({ outcome: z.literal('refused'), reason: z.string(), pullRequest }),
]);

export type EventResult = z.output<typeof eventResult>;

/** What is known of a preview, as `PreviewReadings.status` answers it; `silent`: no worker answers. */
export const readingAnswer = z
  .discriminatedUnion('kind', [
    z.object({ kind: z.literal('absent') }),
    z.object({
      kind: z.literal('answered'),
      run: z.enum(['open', 'closed']),
      status: z.looseObject({ phase: z.enum(phases), reason: z.string() }),
    }),
    z.object({
      kind: z.literal('silent'),
      run: z.enum(['open', 'closed']),
      memo: z.looseObject({ phase: z.enum(phases), reason: z.string() }).nullable(),
    }),
  ])
  .transform((reading) => reading as PreviewReading);

/** Why a request was not done. `code` is for programs, `message` one line for people. */
export const errorAnswer = z.object({ error: z.object({ code: z.string(), message: z.string() }) });
