import { z } from 'zod';
import { parseBody } from '../http/body.ts';
import { GitHubError, notFound, validationFailed } from '../http/errors.ts';
import { page } from '../http/pages.ts';
import type { Call, Routes } from '../http/router.ts';
import { commentShape, reactionShape } from '../shapes/comment.ts';
import type { Comment, Repository } from '../state.ts';
import { caller, commentsOf, demand, pullRequestOf, repositoryOf, timestamp } from '../world.ts';
import type { World } from '../world.ts';

/** Comments on pull requests (which are issues to this part of the API), and reactions to them. */
export function commentRoutes(world: World): Routes {
  return {
    'GET /repos/:owner/:repo/issues/:number/comments': (call) => {
      const since = call.url.searchParams.get('since') ?? '';
      const comments = commentsOf(world, pullRequestOf(world, call).pull).filter(
        ({ updatedAt }) => updatedAt >= since,
      );
      return page(call, comments, (comment) => commentShape(world, comment));
    },

    'POST /repos/:owner/:repo/issues/:number/comments': (call) => {
      const { pull } = pullRequestOf(world, call);
      const comment: Comment = {
        id: world.newId(),
        repositoryId: pull.repositoryId,
        number: pull.number,
        author: caller(call).login,
        body: bodyOf(call),
        createdAt: timestamp(),
        updatedAt: timestamp(),
        reactions: [],
      };
      world.state.comments.push(comment);
      pull.updatedAt = timestamp();
      world.save();
      const shape = commentShape(world, comment);
      return Response.json(shape, { status: 201, headers: { location: shape.url } });
    },

    'GET /repos/:owner/:repo/issues/comments/:id': (call) =>
      Response.json(commentShape(world, commentOf(world, call).comment)),

    'PATCH /repos/:owner/:repo/issues/comments/:id': (call) => {
      const { comment } = ownCommentOf(world, call);
      comment.body = bodyOf(call);
      comment.updatedAt = timestamp();
      world.save();
      return Response.json(commentShape(world, comment));
    },

    'DELETE /repos/:owner/:repo/issues/comments/:id': (call) => {
      const { comment } = ownCommentOf(world, call);
      world.state.comments = world.state.comments.filter((one) => one !== comment);
      world.save();
      return new Response(null, { status: 204 });
    },

    'GET /repos/:owner/:repo/issues/comments/:id/reactions': (call) => {
      const wanted = call.url.searchParams.get('content');
      const { comment } = commentOf(world, call);
      const found = comment.reactions.filter(({ content }) => wanted === null || content === wanted);
      return page(call, found, (reaction) => reactionShape(world, reaction));
    },

    'POST /repos/:owner/:repo/issues/comments/:id/reactions': (call) => {
      const { comment } = commentOf(world, call);
      const { content } = parseBody(reactionBody, call.body, 'Reaction');
      const author = caller(call).login;
      const given = comment.reactions.find((one) => one.author === author && one.content === content);
      if (given !== undefined) return Response.json(reactionShape(world, given));
      const reaction = { id: world.newId(), author, content, createdAt: timestamp() };
      comment.reactions.push(reaction);
      world.save();
      return Response.json(reactionShape(world, reaction), { status: 201 });
    },
  };
}

const reactionBody = z.object({
  content: z.enum(['+1', '-1', 'laugh', 'confused', 'heart', 'hooray', 'rocket', 'eyes']),
});

const commentBody = z.object({ body: z.string() });

/** The longest comment GitHub takes, in characters. */
const longest = 65_536;

function bodyOf(call: Call): string {
  const { body } = parseBody(commentBody, call.body, 'IssueComment');
  const refuse = (message: string) =>
    validationFailed({ resource: 'IssueComment', code: 'unprocessable', field: 'data', message });
  if (body.trim() === '') throw refuse('Body cannot be blank');
  if (body.length > longest) throw refuse(`Body is too long (maximum is ${String(longest)} characters)`);
  return body;
}

function commentOf(world: World, call: Call): { repository: Repository; comment: Comment } {
  const repository = repositoryOf(world, call);
  const comment = world.state.comments.find(
    (one) => one.repositoryId === repository.id && String(one.id) === call.params['id'],
  );
  if (comment === undefined) throw notFound();
  return { repository, comment };
}

/** As `commentOf`, for a caller who may change it: its author, or who may write to the repository. */
function ownCommentOf(world: World, call: Call): { repository: Repository; comment: Comment } {
  const found = commentOf(world, call);
  if (caller(call).login === found.comment.author) return found;
  try {
    demand(found.repository, call, 'write');
  } catch (error) {
    throw error instanceof GitHubError
      ? new GitHubError(403, 'Must have admin rights to Repository.')
      : error;
  }
  return found;
}
