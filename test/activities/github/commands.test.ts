import { expect, test } from 'vitest';
import { createGitHub } from '../../../activities/github/clients.ts';
import type { Commands } from '../../../activities/github/commands.ts';
import { createCommands } from '../../../activities/github/commands.ts';

const ref = { owner: 'example', repository: 'videocall', number: 7 };

/** Commands at the pace of github.com, which takes every reaction; nothing leaves the machine. */
function atGitHub(thumbDownEveryMs?: number): { commands: Commands; sent: string[] } {
  const sent: string[] = [];
  const fetch = async (_: unknown, init?: RequestInit): Promise<Response> => {
    const { content } = (await new Response(init?.body).json()) as { content: string };
    sent.push(content);
    return Response.json({}, { status: 201 });
  };
  const octokit = createGitHub({ token: 'none', fetch });
  const pace = thumbDownEveryMs === undefined ? {} : { thumbDownEveryMs };
  return { sent, commands: createCommands({ octokit, identity: async () => 1, ...pace }) };
}

test('Reactions to commands of strangers do not keep one of ours from its command', async () => {
  const { commands, sent } = atGitHub();
  const strangers = Array.from({ length: 20 }, async (_, index) =>
    commands.react({ ref, commentId: index + 1 }, '-1'),
  );
  expect(await commands.react({ ref, commentId: 100 }, 'rocket')).toBe('first');
  expect(await commands.react({ ref, commentId: 100 }, '+1')).toBe('first');
  expect(await Promise.all(strangers)).toEqual(['first', ...Array.from({ length: 19 }, () => 'dropped')]);
  expect(sent).toEqual(['-1', 'rocket', '+1']);
});

test('A stranger gets no reaction while another one waits to be sent', async () => {
  const { commands, sent } = atGitHub(0);
  const rocket = commands.react({ ref, commentId: 1 }, 'rocket');
  expect(await commands.react({ ref, commentId: 2 }, '-1')).toBe('dropped');
  await rocket;
  expect(await commands.react({ ref, commentId: 3 }, '-1')).toBe('first');
  expect(sent).toEqual(['rocket', '-1']);
});
