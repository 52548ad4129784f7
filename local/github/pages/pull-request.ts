import type { Comment, Deployment, PullRequest, Reaction } from '../state.ts';
import { commentsOf, repositoryById } from '../world.ts';
import type { World } from '../world.ts';
import { html } from './html.ts';
import type { Html } from './html.ts';
import { renderMarkdown } from './markdown.ts';

/** What a pull request's page shows: state, commits, comments and deployments. */
export async function pullRequestMain(world: World, pull: PullRequest): Promise<Html> {
  const repository = repositoryById(world, pull.repositoryId);
  const from = repositoryById(world, pull.head.repositoryId);
  const state = pull.mergedAt === undefined ? pull.state : 'merged';
  const shas = world.state.deployments.filter((one) => isOf(pull, one));
  return html`<h1>${pull.title} <span class="faint">#${pull.number}</span></h1>
    <p>
      <span class="state ${state}">${pull.draft && state === 'open' ? 'draft' : state}</span>
      <b>${pull.author}</b> wants to merge <code>${from.owner}:${pull.head.branch}</code> into
      <code>${repository.owner}:${pull.base.branch}</code> of
      <a href="/${repository.owner}/${repository.name}">${repository.owner}/${repository.name}</a>
    </p>
    ${pull.body === null ? [] : box(pull.author, pull.body)} ${await commits(world, pull)}
    ${commentsOf(world, pull).map(commentBox)} ${deployments(shas)}`;
}

/** Deployments name no pull request: by the preview's task, else by the commit. */
function isOf(pull: PullRequest, deployment: Deployment): boolean {
  if (deployment.repositoryId !== pull.repositoryId) return false;
  const numbered = /^preview:(\d+)$/.exec(deployment.task)?.[1];
  return numbered === undefined ? deployment.sha === pull.head.sha : numbered === String(pull.number);
}

async function commits(world: World, pull: PullRequest): Promise<Html> {
  const git = await world.git(repositoryById(world, pull.repositoryId));
  const shas = await git.between(pull.base.sha, pull.head.sha);
  const rows = await Promise.all(
    shas.map(async (sha) => {
      const { message, author } = await git.readCommit(sha);
      const mark = sha === pull.head.sha ? html`<b>head</b>` : [];
      return html`<div>
        <code title="${sha}">${sha.slice(0, 7)}</code> ${message.split('\n', 1)[0] ?? ''}
        <span class="faint">${author.name}</span> ${mark}
      </div>`;
    }),
  );
  return html`<section class="box">
    <h2>Commits</h2>
    ${rows}
  </section>`;
}

function commentBox(comment: Comment): Html {
  const edited = comment.updatedAt === comment.createdAt ? '' : `, edited ${comment.updatedAt}`;
  return html`<article class="box" id="issuecomment-${comment.id}">
    <h2>${comment.author} <span class="faint">${comment.createdAt}${edited}</span></h2>
    <div>${renderMarkdown(comment.body)}</div>
    ${comment.reactions.length === 0 ? [] : html`<div>${reactions(comment.reactions)}</div>`}
  </article>`;
}

function box(author: string, body: string): Html {
  return html`<article class="box">
    <h2>${author}</h2>
    <div>${renderMarkdown(body)}</div>
  </article>`;
}

const emoji: Record<Reaction['content'], string> = {
  '+1': '👍',
  '-1': '👎',
  laugh: '😄',
  confused: '😕',
  heart: '❤️',
  hooray: '🎉',
  rocket: '🚀',
  eyes: '👀',
};

function reactions(given: Reaction[]): Html[] {
  return given.map(({ content, author }) => html`<span title="${author}">${emoji[content]}</span> `);
}

function deployments(all: Deployment[]): Html {
  const rows = all.toReversed().map((deployment) => {
    const states = deployment.statuses.map(({ state, description, environmentUrl, targetUrl, createdAt }) => {
      const view = /^https?:/.test(environmentUrl)
        ? html`<a href="${environmentUrl}">view deployment</a>`
        : [];
      const log = /^https?:/.test(targetUrl) ? html`· <a href="${targetUrl}">log</a>` : [];
      return html`<p>
        <span class="state ${state}">${state}</span> ${description} ${view} ${log}
        <span class="faint">${createdAt}</span>
      </p>`;
    });
    return html`<div>
      <b>${deployment.environment}</b> <code>${deployment.sha.slice(0, 7)}</code>
      <span class="faint">${deployment.task}</span>
      ${states}
    </div>`;
  });
  return html`<section class="box">
    <h2>Deployments</h2>
    ${rows.length === 0 ? html`<div class="faint">None.</div>` : rows}
  </section>`;
}
