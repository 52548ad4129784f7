import { z } from 'zod';

/* What we read of GitHub's answers. A proxy that answers 200 with its login page is found out here. */

const account = z.object({ id: z.number(), login: z.string(), type: z.string() });

const labels = z.array(z.object({ name: z.string() }));

export const userAnswer = account;

export const appAnswer = z.object({ slug: z.string() });

export const installationAnswer = z.object({ id: z.number() });

export const hookDeliveryAnswer = z.object({
  /** May be larger than a number holds. */
  id: z.union([z.number(), z.bigint()]),
  /** The same for all attempts at one event. */
  guid: z.string(),
  delivered_at: z.iso.datetime(),
  redelivery: z.boolean(),
  /** What the webhook answered; 0 where nothing came. */
  status_code: z.number(),
});

export const pullRequestAnswer = z.object({
  number: z.int().positive(),
  state: z.enum(['open', 'closed']),
  merged: z.boolean(),
  draft: z.boolean().optional(),
  title: z.string(),
  html_url: z.string(),
  /** Null when the account is gone. */
  user: account.nullable(),
  labels,
  head: z.object({
    sha: z.string().regex(/^[0-9a-f]{40}$/),
    ref: z.string(),
    /** Null when the fork is gone. */
    repo: z.object({ id: z.number() }).nullable(),
  }),
  base: z.object({ ref: z.string(), repo: z.object({ id: z.number() }) }),
});

/** Where a pull request comes from, and where it goes. */
export const originAnswer = pullRequestAnswer.pick({ head: true, base: true });

export const repositoryAnswer = z.object({ id: z.number(), default_branch: z.string() });

/** One of a list of pull requests, which says less than a single one. */
export const listedPullRequestAnswer = z.object({
  number: z.int().positive(),
  draft: z.boolean().optional(),
  updated_at: z.iso.datetime(),
  user: account.nullable(),
  labels,
  head: z.object({
    sha: z.string().regex(/^[0-9a-f]{40}$/),
    repo: z.object({ id: z.number() }).nullable(),
  }),
  base: z.object({
    repo: z.object({ id: z.number(), name: z.string(), owner: z.object({ login: z.string() }) }),
  }),
});

export const permissionAnswer = z.object({ permission: z.string() });

export const commentAnswer = z.object({
  id: z.number(),
  body: z.string().optional(),
  user: z.object({ id: z.number() }).nullable(),
});

/** A comment that may hold a command. */
export const commandCommentAnswer = z.object({
  body: z.string(),
  user: account.nullable(),
  issue_url: z.string(),
  created_at: z.iso.datetime({ offset: true }),
  updated_at: z.string(),
});

export const reactionAnswer = z.object({
  user: z.object({ id: z.number() }).nullable(),
  content: z.string(),
});

export const deploymentAnswer = z.object({
  id: z.number(),
  sha: z.string(),
  task: z.string(),
  /** GitHub keeps what it was given: an object, or an object written as a string. */
  payload: z.unknown(),
});

export const deploymentStatusAnswer = z.object({
  state: z.string(),
  description: z.string().nullable(),
  environment_url: z.string().optional(),
  log_url: z.string().optional(),
});

export const branchAnswer = z.object({ commit: z.object({ sha: z.string().regex(/^[0-9a-f]{40}$/) }) });

/** A container package's version; its name is the digest. */
export const packageVersionAnswer = z.object({
  id: z.int(),
  name: z.string(),
  metadata: z.object({ container: z.object({ tags: z.array(z.string()) }).optional() }).optional(),
});
