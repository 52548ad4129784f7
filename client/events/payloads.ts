import { z } from 'zod';
import { isRef } from '../../domain/preview-input.ts';

/* The parts of GitHub's events that we use, under GitHub's own names. What else an event carries is dropped. */

const id = z.int().positive();
const commit = z.string().regex(/^[0-9a-f]{40}$/, 'expected a commit as 40 lower-case hex digits');

const repository = z
  .object({ id, name: z.string(), owner: z.object({ login: z.string() }) })
  .refine(
    ({ name, owner }) => isRef({ owner: owner.login, repository: name, number: 1 }),
    "expected a repository's name and its owner's as GitHub spells them",
  );

/** `pull_request` and `pull_request_target`. */
export const pullRequestPayload = z
  .object({
    action: z.string(),
    number: id,
    pull_request: z.object({
      number: id,
      /** `repo` is null when the fork is gone. */
      head: z.object({ sha: commit, repo: z.object({ id }).nullable() }),
      base: z.object({ repo: z.object({ id }) }),
    }),
    /** Of `edited`: what was another before. */
    changes: z.object({ base: z.object({}).optional() }).optional(),
    repository,
  })
  .refine(({ number, pull_request: { number: other } }) => number === other, {
    path: ['number'],
    message: 'expected the number of `pull_request`',
  })
  .refine(({ repository, pull_request: { base } }) => repository.id === base.repo.id, {
    path: ['repository', 'id'],
    message: 'expected the repository of `pull_request.base`',
  });

/** `issue_comment`. */
export const commentPayload = z.object({
  action: z.string(),
  /** `pull_request` is there when the issue is a pull request. */
  issue: z.object({ number: id, pull_request: z.object({}).optional() }),
  comment: z.object({
    id,
    body: z.string(),
    created_at: z.iso.datetime({ offset: true }),
    /** Null when the account is gone. */
    user: z.object({ login: z.string(), type: z.string() }).nullable(),
  }),
  repository,
});

export type PullRequestPayload = z.output<typeof pullRequestPayload>;
export type CommentPayload = z.output<typeof commentPayload>;
