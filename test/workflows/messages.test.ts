import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { sha } from '../domain/support.ts';
import { connect } from './environment.ts';
import type { WorkflowTests } from './environment.ts';
import { play } from './play.ts';

let tests: WorkflowTests;
beforeAll(async () => {
  tests = await connect();
});
afterAll(async () => {
  await tests.close();
});

/** Every message but `close` and `cancel`, which any content means. */
const signals = ['push', 'reap', 'imagesReady', 'extend', 'reset', 'lease', 'cleanupStuck', 'noSuch'];
const updates = ['extend', 'approve', 'noSuch'];
const rubbish: readonly unknown[] = [
  'a text',
  7,
  true,
  [],
  [1, 2],
  { sha: 'no sha', by: 7 },
  { reason: 'because' },
  { id: 'x' },
  { found: 7 },
  { images: 'none' },
];

describe('messages that nobody can read', () => {
  it('of wrong type and arity, to every handler there is, leave the preview as it was', async () => {
    await play(tests, async ({ push, phase, handle, close, closePullRequest }) => {
      await push();
      const before = await phase('ready');
      for (const signal of signals.filter((name) => name !== 'reset'))
        for (const argument of rubbish) await handle.signal(signal, argument);
      // nothing is a whole lifetime to `extend`
      for (const signal of signals.filter((name) => name !== 'reset' && name !== 'extend'))
        await handle.signal(signal, undefined, 1, 2, 3);
      for (const update of updates)
        for (const argument of rubbish)
          await expect(handle.executeUpdate(update, { args: [argument] })).rejects.toMatchObject({
            cause: { type: 'BadMessage' },
          });
      const after = await phase('ready');
      expect({ ...after, since: 0 }).toEqual({ ...before, since: 0 });
      closePullRequest();
      await close();
      await handle.result();
    });
  });

  it('of an encoding that nobody knows, to every handler there is, do not stop it', async () => {
    await play(tests, async ({ push, phase, handle, headIs, serves, close, closePullRequest }) => {
      await push();
      await phase('ready');
      const { namespace } = tests.client.options;
      const input = {
        payloads: [{ metadata: { encoding: Buffer.from('no/such') }, data: Buffer.from([1, 2, 3]) }],
      };
      const workflowExecution = { workflowId: handle.workflowId };
      for (const signalName of signals)
        await tests.client.workflowService.signalWorkflowExecution({
          namespace,
          workflowExecution,
          signalName,
          input,
        });
      for (const name of updates) {
        const { outcome } = await tests.client.workflowService.updateWorkflowExecution({
          namespace,
          workflowExecution,
          // COMPLETED
          waitPolicy: { lifecycleStage: 3 },
          request: { meta: { updateId: `undecodable ${name}` }, input: { name, args: input } },
        });
        expect(outcome?.failure?.applicationFailureInfo?.type).toBe('BadMessage');
      }
      headIs(sha(2));
      await push({ sha: sha(2) });
      await serves(sha(2));
      closePullRequest();
      await close();
      await handle.result();
    });
  });

  it("as Temporal's own command line sends them do not stop it", async () => {
    await play(tests, async ({ push, phase, handle, close, closePullRequest }) => {
      await push();
      await phase('ready');
      const { temporal } = inject('stack');
      const cli = async (...words: string[]): Promise<number | undefined> => {
        const { exitCode } = await execa(
          temporal?.executable ?? '',
          ['workflow', ...words, '--workflow-id', handle.workflowId, '--address', temporal?.address ?? ''],
          { reject: false },
        );
        return exitCode;
      };
      for (const signal of ['push', 'extend', 'lease', 'imagesReady']) {
        expect(await cli('signal', '--name', signal, '--input', '"x"')).toBe(0);
        expect(await cli('signal', '--name', signal)).toBe(0);
      }
      expect(await cli('update', 'execute', '--name', 'extend', '--input', '[1,2]')).not.toBe(0);
      expect(await cli('update', 'execute', '--name', 'extend', '--input', '"2d"')).toBe(0);
      await phase('ready');
      closePullRequest();
      await close();
      await handle.result();
    });
  });

  it('that mean an end, whatever comes with them, end it', async () => {
    await play(tests, async ({ push, phase, handle }) => {
      await push();
      await phase('ready');
      await handle.signal('close', 'one', 'too many');
      await phase('gone');
    });
  });
});
