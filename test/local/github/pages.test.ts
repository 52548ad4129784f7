import { afterAll, beforeAll, expect, test } from 'vitest';
import { startGitHub } from '../../../local/github/server.ts';
import type { GitHubStandIn } from '../../../local/github/server.ts';
import { renderMarkdown } from '../../../local/github/pages/markdown.ts';
import { plainOctokit } from './octokit.ts';

const there = { owner: 'example', repo: 'app' };
let github: GitHubStandIn;

beforeAll(async () => {
  github = await startGitHub({ port: 0 });
  await github.control.createRepository({ owner: 'example', name: 'app' });
  await github.control.commit({ ...there, files: { 'a.txt': 'a' } });
  await github.control.commit({
    ...there,
    branch: 'topic',
    files: { 'a.txt': 'b' },
    message: 'Turn a into b',
  });
});
afterAll(() => github.close());

test("A pull request's page shows state, head, commits, comments and deployments", async () => {
  const title = 'Quote <b>& "more"';
  const { number, head, html_url } = await github.control.openPullRequest({ ...there, head: 'topic', title });
  const octokit = plainOctokit(github);
  await octokit.rest.issues.createComment({
    ...there,
    issue_number: number,
    body: '<!-- hidden -->\n| service | state |\n| --- | --- |\n| ui | **ready** |\n',
  });
  const { data } = await octokit.rest.repos.createDeployment({
    ...there,
    ref: head.sha,
    task: `preview:${String(number)}`,
    environment: 'preview',
    auto_merge: false,
  });
  await octokit.rest.repos.createDeploymentStatus({
    ...there,
    deployment_id: (data as { id: number }).id,
    state: 'success',
    environment_url: 'https://pr-1.preview.localhost/',
  });

  const answer = await fetch(html_url);
  const page = await answer.text();
  expect(answer.headers.get('content-type')).toContain('text/html');
  expect(page).toContain('Quote &lt;b&gt;&amp; &quot;more&quot;');
  expect(page).toContain(head.sha.slice(0, 7));
  expect(page).toContain('Turn a into b');
  expect(page).toContain('<strong>ready</strong>');
  expect(page).not.toContain('hidden');
  expect(page).toContain('class="state success"');
  expect(page).toContain('href="https://pr-1.preview.localhost/"');
  expect(await (await fetch(github.url)).text()).toContain(`/example/app/pull/${String(number)}`);
  expect((await fetch(`${github.url}/example/app/pull/999`)).status).toBe(404);
});

test.each([
  ['a script', '<script>alert(1)</script>', 'alert'],
  ['a handler', '<img src="x.png" onerror="alert(1)">', 'onerror'],
  ['a script link', '[x](javascript:alert(1))', 'javascript:'],
  ['a frame', '<iframe src="https://evil.example"></iframe>', 'iframe'],
  ['a style', '<p style="position:fixed">x</p>', 'style='],
])('Markdown with %s is shown without it', (_, markdown, danger) => {
  expect(renderMarkdown(markdown).html).not.toContain(danger);
});

test('Markdown keeps what GitHub keeps: tables, folded details, code, task lists', () => {
  const { html } = renderMarkdown(
    '<details><summary>Log</summary>\n\n```text\nline <1>\n```\n\n</details>\n\n- [x] done\n\n~~old~~',
  );
  for (const part of [
    '<details>',
    '<summary>Log</summary>',
    '<pre>',
    'line &lt;1&gt;',
    'checked',
    '<del>old',
  ]) {
    expect(html).toContain(part);
  }
});
