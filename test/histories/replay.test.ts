import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode, DefaultLogger, Runtime, Worker } from '@temporalio/worker';
import { DeterminismViolationError } from '@temporalio/workflow';
import { beforeAll, describe, expect, it } from 'vitest';
import { payloadConverterPath, workflowCode } from '../../worker/workflows.ts';

/*
 * Every path that a workflow took when its history was recorded must be taken again by today's code, or workflows
 * that run stand still after an upgrade.
 */
type Bundle = Awaited<ReturnType<typeof workflowCode>>;

interface RecordedHistory {
  readonly events: { readonly eventType: string; readonly eventId: string }[];
}

/** Those of another version of this repository, where its folder is named: what runs there must go on here. */
const folder = process.env['REPLAY_HISTORIES'] || import.meta.dirname;
const historiesIn = async (where: string): Promise<string[]> =>
  (await readdir(where)).filter((file) => file.endsWith('.json'));
const files = await historiesIn(folder);

let bundle: Bundle;
beforeAll(async () => {
  Runtime.install({ logger: new DefaultLogger('ERROR') });
  bundle = await workflowCode(null);
});

async function recorded(file: string): Promise<RecordedHistory> {
  return JSON.parse(await readFile(join(folder, file), 'utf8')) as RecordedHistory;
}

async function replay(workflowBundle: Bundle, history: RecordedHistory): Promise<void> {
  const options = { workflowBundle, dataConverter: { payloadConverterPath } };
  await Worker.runReplayHistory(options, history, 'a-recorded-history');
}

describe("today's code", () => {
  it('has histories of every workflow there is to be held to', async () => {
    const own = await historiesIn(import.meta.dirname);
    const types = new Set(own.map((file) => file.split('.').at(-2)));
    expect(types).toEqual(new Set(['preview', 'check', 'deploy', 'cleanup', 'capacity', 'reap']));
  });

  it.each(files)('takes the path of %s', async (file) => {
    await replay(bundle, await recorded(file));
  });
});

describe('the gate', () => {
  it('catches activities whose order was changed', async () => {
    const workflowsPath = fileURLToPath(new URL('reordered/index.ts', import.meta.url));
    const reordered = await bundleWorkflowCode({
      workflowsPath,
      payloadConverterPath,
      logger: new DefaultLogger('ERROR'),
    });
    const cleanup = files.find((file) => file.endsWith('cleanup.json')) ?? '';
    await expect(replay(reordered, await recorded(cleanup))).rejects.toThrow(DeterminismViolationError);
  });
});
