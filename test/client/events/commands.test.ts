import { describe, expect, it } from 'vitest';
import { createGitHub } from '../../../activities/github/clients.ts';
import { createCommands } from '../../../activities/github/commands.ts';
import { createIdentity } from '../../../activities/github/identity.ts';
import { handleEvent } from '../../../client/events/handle-event.ts';
import { readEvent } from '../../../client/events/read-event.ts';
import { sha } from '../../domain/support.ts';
import { until } from '../../workflows/environment.ts';
import { eventScenes } from './scene.ts';

const { scene, gitHub, asks, served } = eventScenes();

describe('a command in a comment', () => {
  it('/preview asks for the head, also where nothing runs yet, and says by reactions that it was taken', async () => {
    const own = await scene();
    const { id, result } = await own.say('alice', 'Let us see.\n/preview\n');
    expect(result).toEqual({
      outcome: 'told',
      message: 'push',
      pullRequest: own.name,
      workflowId: own.workflowId,
    });
    expect(await own.told()).toEqual(['push {"sha":null,"reason":"command"}']);
    expect(await own.reactions(id)).toEqual(['+1', 'rocket']);
    expect(await own.answers()).toEqual([]);
  });

  it.each([
    ['/preview close', 'close {"reason":"command","by":"alice"}'],
    ['/preview cancel', 'cancel {"by":"alice"}'],
    ['/preview reset', 'reset {"by":"alice"}'],
  ])('%s is told with the name of the person', async (words, message) => {
    const own = await scene();
    await own.previews.push(own.ref, { sha: null, reason: 'event' });
    const { id, result } = await own.say('alice', words);
    expect(result).toMatchObject({ outcome: 'told', pullRequest: own.name });
    expect((await own.told()).slice(1)).toEqual([message]);
    expect(await own.reactions(id)).toEqual(['+1', 'rocket']);
  });

  it.each(['/preview cancel', '/preview reset', '/preview extend 2d'])(
    '%s of a preview that is not there is refused in words',
    async (words) => {
      const own = await scene();
      const { id, result } = await own.say('alice', words);
      expect(result).toEqual({
        outcome: 'refused',
        pullRequest: own.name,
        reason: 'there is no preview of this pull request',
      });
      expect(await own.told()).toEqual([]);
      expect(await own.reactions(id)).toEqual(['confused', 'rocket']);
      expect(await own.answers()).toEqual(['Not done: there is no preview of this pull request.']);
    },
  );

  it('/preview extend moves the deadline, and is refused beyond the maximum with the largest possible', async () => {
    const own = await scene();
    await own.withWorker(async () => {
      await served(own);
      const { id, result } = await own.say('alice', '/preview extend 100h');
      expect(result).toMatchObject({ outcome: 'told', message: 'extend' });
      expect(await own.reactions(id)).toEqual(['+1', 'rocket']);
      expect((await own.told()).at(-1)).toBe('extend {"duration":"4d4h","by":"alice"}');
      const refused = await own.say('alice', '/preview extend 400h');
      expect(refused.result).toMatchObject({ outcome: 'refused' });
      expect(await own.reactions(refused.id)).toEqual(['confused', 'rocket']);
      expect(await own.answers()).toEqual([
        expect.stringMatching(/^Not done: 16d16h from now is too long: .*The largest possible is 13d23h/),
      ]);
    });
  });

  it("/preview approve allows the head of an outsider's pull request, and no other commit", async () => {
    const own = await scene();
    own.github({ fromFork: true, authorCanWrite: false });
    await own.withWorker(async () => {
      const other = await own.say('alice', `/preview approve ${sha(2)}`);
      expect(other.result).toMatchObject({ outcome: 'refused' });
      expect(await own.answers()).toEqual([
        `Not done: ${sha(2)} is not the head of the pull request: that is ${sha(1)}.`,
      ]);
      const { id, result } = await own.say('alice', `/preview approve ${sha(1)}`);
      expect(result).toMatchObject({ outcome: 'told', message: 'approve' });
      expect(await own.reactions(id)).toEqual(['+1', 'rocket']);
      await until(
        () => own.world.releases.get('ui'),
        (commit) => commit === sha(1),
        'the commit that was approved',
      );
    });
  });

  it('/preview status answers where it stands, from what Temporal keeps where no worker does', async () => {
    const own = await scene();
    await own.say('alice', '/preview status');
    await own.withWorker(async () => {
      await served(own);
      const { result } = await own.say('alice', '/preview status');
      expect(result).toEqual({ outcome: 'answered', command: 'status', pullRequest: own.name });
    });
    await own.say('alice', '/preview status');
    expect(await own.answers()).toEqual([
      'There is no preview of this pull request. `/preview` makes one.',
      expect.stringMatching(
        /^\*\*ready\*\*: serves \w{7}\n\n- serves `\w{40}`\n- lives until \d{4}-\d\d-\d\d \d\d:\d\d UTC$/,
      ),
      expect.stringMatching(
        /^No worker answers just now; .*\n\n\*\*ready\*\*: serves \w{7}\n\n- lives until/,
      ),
    ]);
  });

  it('/preview help answers with every command', async () => {
    const own = await scene();
    const { result } = await own.say('alice', '/preview help');
    expect(result).toEqual({ outcome: 'answered', command: 'help', pullRequest: own.name });
    expect((await own.answers())[0]).toContain('| `/preview extend 2d` | let it live two days from now;');
    expect(await own.told()).toEqual([]);
  });

  it('that is none says what there is, without a word of the comment as Markdown', async () => {
    const own = await scene();
    const { id, result } = await own.say('alice', '/preview [depoly](http://evil.example) `@bob` <b>');
    expect(result.outcome).toBe('refused');
    expect(await own.reactions(id)).toEqual(['confused']);
    expect(await own.answers()).toEqual([
      expect.stringMatching(
        /^Not done: there is no command `\[depoly\]\(http:\/\/evil\.example\)`\. There is/,
      ),
    ]);
    expect(await own.told()).toEqual([]);
  });
});

describe('a comment that gives no command', () => {
  it.each<[string, [string, string], string]>([
    ['says something else', ['alice', 'What a nice preview'], 'it is no command'],
    ['has it in a quote', ['alice', '> /preview close'], 'it is no command'],
    ['is of a bot', ['renovate[bot]', '/preview close'], 'renovate[bot] is a bot'],
    [
      'carries the mark of our own, whoever wrote it',
      ['alice', '<!-- pr-preview:answer:1 -->\n/preview close'],
      'it carries the mark of our own comments',
    ],
  ])('is ignored when it %s, and nobody is asked', async (_, [author, body], reason) => {
    const own = await scene();
    const { id, payload } = await own.comment(author, body);
    await gitHub().control.clearRequests();
    expect(await own.handle('issue_comment', payload)).toEqual({ outcome: 'ignored', reason });
    expect(await gitHub().control.requests()).toEqual([]);
    expect(await own.reactions(id)).toEqual([]);
    expect(await own.told()).toEqual([]);
  });
});

describe('somebody without write permission', () => {
  it.each([
    ['a stranger', 'mallory', '/preview'],
    ['a stranger who approves', 'mallory', `/preview approve ${sha(1)}`],
    ['a stranger who has it wrong', 'mallory', '/preview everything'],
    ['who may read', 'rita', '/preview close'],
    ['who may triage', 'tim', '/preview reset'],
  ])('gets a reaction, no words, and starts nothing: %s', async (_, author, words) => {
    const own = await scene();
    const at = { owner: own.ref.owner, repo: own.ref.repository };
    await gitHub().control.setPermission({ ...at, user: 'rita', permission: 'read' });
    await gitHub().control.setPermission({ ...at, user: 'tim', permission: 'triage' });
    const { id, result } = await own.say(author, words);
    expect(result).toEqual({
      outcome: 'refused',
      pullRequest: own.name,
      reason: `${author} has no write permission in ${own.repository}`,
    });
    expect(await own.reactions(id)).toEqual(['-1']);
    expect(await own.answers()).toEqual([]);
    expect(await own.told()).toEqual([]);
  });

  it('who may maintain or administer is not meant', async () => {
    const own = await scene();
    const at = { owner: own.ref.owner, repo: own.ref.repository };
    await gitHub().control.setPermission({ ...at, user: 'max', permission: 'maintain' });
    await gitHub().control.setPermission({ ...at, user: 'ada', permission: 'admin' });
    for (const author of ['max', 'ada'])
      expect((await own.say(author, '/preview')).result.outcome).toBe('told');
  });
});

describe('a command that comes twice', () => {
  it('is done once: what was done is known by our reaction', async () => {
    const own = await scene();
    await own.previews.push(own.ref, { sha: null, reason: 'event' });
    const { payload } = await own.comment('alice', '/preview reset');
    expect((await own.handle('issue_comment', payload)).outcome).toBe('told');
    expect(await own.handle('issue_comment', payload)).toEqual({
      outcome: 'ignored',
      reason: 'this command was done before',
    });
    expect((await own.told()).slice(1)).toEqual(['reset {"by":"alice"}']);
  });

  it.each(['/preview close', '/preview cancel'])(
    'does not touch what came after it, days later: %s',
    async (words) => {
      const own = await scene();
      await own.previews.push(own.ref, { sha: null, reason: 'event' });
      const { payload } = await own.comment('alice', words);
      await own.handle('issue_comment', payload);
      await own.say('alice', '/preview');
      expect((await own.handle('issue_comment', payload)).outcome).toBe('ignored');
      expect((await own.told()).at(-1)).toBe('push {"sha":null,"reason":"command"}');
    },
  );

  it('is refused in one comment, also when both come at once', async () => {
    const own = await scene();
    const { payload } = await own.comment('alice', '/preview extend tomorrow');
    await Promise.all([1, 2].map(async () => await own.handle('issue_comment', payload)));
    await own.handle('issue_comment', payload);
    expect(await own.answers()).toHaveLength(1);
  });

  it('is not taken as done because somebody else reacted, or wrote what looks like our answer', async () => {
    const own = await scene();
    const { id, payload } = await own.comment('alice', '/preview');
    // as after an attempt of ours that failed on its way
    await asks().react({ ref: own.ref, commentId: id }, 'rocket');
    await own.comment('mallory', `<!-- pr-preview:answer:${id} -->\nDone, all is well.`);
    const token = await gitHub().control.createToken({ login: 'mallory' });
    for (const content of ['rocket', '+1', 'confused'])
      await fetch(`${gitHub().url}/repos/${own.repository}/issues/comments/${id}/reactions`, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}` },
        body: JSON.stringify({ content }),
      });
    expect((await own.handle('issue_comment', payload)).outcome).toBe('told');
    expect(await own.told()).toHaveLength(1);
  });
});

describe('a command that comes late', () => {
  const minute = 60_000;

  it.each(['/preview', '/preview close', '/preview reset', '/preview cancel', '/preview extend 2d'])(
    'is refused in words, and nothing of what was commanded since is undone: %s',
    async (words) => {
      const own = await scene();
      await own.previews.push(own.ref, { sha: null, reason: 'event' });
      const { id, payload } = await own.comment('alice', words);
      const handle = async () => await own.handle('issue_comment', payload, { laterMs: 25 * minute });
      const reason = expect.stringMatching(/^it reached us only 25m after it was written, and/) as string;
      expect(await handle()).toEqual({ outcome: 'refused', pullRequest: own.name, reason });
      expect(await own.told()).toEqual(['push {"sha":null,"reason":"event"}']);
      expect(await own.reactions(id)).toEqual(['confused']);
      expect((await handle()).outcome).toBe('ignored');
      expect(await own.answers()).toEqual([expect.stringMatching(/^Not done: it reached us .* comment\.$/)]);
    },
  );

  it('by less than ten minutes is done, as when a delivery that failed is repeated', async () => {
    const own = await scene();
    const { id, payload } = await own.comment('alice', '/preview');
    await gitHub().control.addFault({ method: 'GET', path: '/collaborators/', status: 503 });
    await expect(own.handle('issue_comment', payload)).rejects.toMatchObject({ type: 'GitHubUnavailable' });
    expect((await own.handle('issue_comment', payload, { laterMs: 9 * minute })).outcome).toBe('told');
    expect(await own.reactions(id)).toEqual(['+1', 'rocket']);
  });

  it('but only asks, is answered', async () => {
    const own = await scene();
    for (const words of ['/preview status', '/preview help']) {
      const { payload } = await own.comment('alice', words);
      const result = await own.handle('issue_comment', payload, { laterMs: 600 * minute });
      expect(result.outcome).toBe('answered');
    }
  });

  it('and was done in time, is left as it is', async () => {
    const own = await scene();
    const { id, payload } = await own.comment('alice', '/preview');
    await own.handle('issue_comment', payload);
    const late = await own.handle('issue_comment', payload, { laterMs: 60 * minute });
    expect(late).toEqual({ outcome: 'ignored', reason: 'this command was done before' });
    expect(await own.reactions(id)).toEqual(['+1', 'rocket']);
    expect(await own.answers()).toEqual([]);
  });
});

describe('as a GitHub App', () => {
  it('commands are authorised, reacted to and answered by its bot, once', async () => {
    const own = await scene();
    const { control, url } = gitHub();
    const { id: appId, privateKey } = await control.createApp({ slug: 'previews', owner: own.ref.owner });
    await control.installApp({ appId, account: own.ref.owner });
    const app = { id: String(appId), privateKey, installationId: null };
    const octokit = createGitHub({ app, baseUrl: url });
    const asApp = createCommands({ octokit, identity: createIdentity(octokit) });
    const { id, payload } = await own.comment('alice', '/preview help');
    const event = readEvent('issue_comment', payload);
    if (!event.ok) throw new Error(event.wrong);
    for (const outcome of ['answered', 'ignored'])
      expect(
        await handleEvent(event.value, { previews: own.previews, gitHub: asApp, now: Date.now }),
      ).toMatchObject({
        outcome,
      });
    expect(await own.reactions(id)).toEqual(['+1', 'rocket']);
    const at = { owner: own.ref.owner, repo: own.ref.repository, number: own.ref.number };
    const written = (await control.comments(at)).map(({ user }) => user?.login);
    expect(written).toEqual(['alice', 'previews[bot]']);
    const stranger = await own.comment('mallory', '/preview');
    const other = readEvent('issue_comment', stranger.payload);
    expect(
      other.ok && (await handleEvent(other.value, { previews: own.previews, gitHub: asApp, now: Date.now })),
    ).toMatchObject({ outcome: 'refused' });
    expect(await own.told()).toEqual([]);
  });
});
