import type { Comment, Reaction, ReactionContent } from '../state.ts';
import { repositoryById } from '../world.ts';
import type { World } from '../world.ts';
import { appShape } from './app.ts';
import { authorAssociation } from './author-association.ts';
import { repositoryHtmlUrl, repositoryUrl } from './repository.ts';
import { nodeId } from './schema.ts';
import type { Schema } from './schema.ts';
import { simpleUser } from './user.ts';

export function commentShape(world: World, comment: Comment): Schema<'issue-comment'> {
  const repository = repositoryById(world, comment.repositoryId);
  const root = repositoryUrl(world, repository);
  const url = `${root}/issues/comments/${String(comment.id)}`;
  const app = world.state.apps.find(({ slug }) => `${slug}[bot]` === comment.author);
  const page = `${repositoryHtmlUrl(world, repository)}/pull/${String(comment.number)}`;
  return {
    url,
    html_url: `${page}#issuecomment-${String(comment.id)}`,
    issue_url: `${root}/issues/${String(comment.number)}`,
    id: comment.id,
    node_id: nodeId('IssueComment', comment.id),
    user: simpleUser(world, comment.author),
    created_at: comment.createdAt,
    updated_at: comment.updatedAt,
    body: comment.body,
    author_association: authorAssociation(repository, comment.author),
    reactions: { url: `${url}/reactions`, ...rollup(comment.reactions) },
    performed_via_github_app: app === undefined ? null : appShape(world, app),
  };
}

export function reactionShape(world: World, reaction: Reaction): Schema<'reaction'> {
  return {
    id: reaction.id,
    node_id: nodeId('Reaction', reaction.id),
    user: simpleUser(world, reaction.author),
    content: reaction.content,
    created_at: reaction.createdAt,
  };
}

function rollup(reactions: Reaction[]) {
  const count = (content: ReactionContent) => reactions.filter((one) => one.content === content).length;
  return {
    total_count: reactions.length,
    '+1': count('+1'),
    '-1': count('-1'),
    laugh: count('laugh'),
    confused: count('confused'),
    heart: count('heart'),
    hooray: count('hooray'),
    rocket: count('rocket'),
    eyes: count('eyes'),
  };
}
