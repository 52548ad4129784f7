import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client, Connection } from '@temporalio/client';
import { createPreviewClient } from '../../client/preview-client.ts';
import type { PreviewClient } from '../../client/preview-client.ts';
import type { PullRequestRef } from '../../domain/pull-request.ts';
import { startOwnWorker } from '../../local/own-worker.ts';
import type { OwnWorker } from '../../local/own-worker.ts';
import type { Stack } from '../../local/stack.ts';
import { inLanes, numbersFrom } from '../lanes.ts';
import { isAlive, usageOf } from '../usage.ts';
import type { Usage } from '../usage.ts';
import { createApplication } from './application.ts';
import { deleteNamespaces } from './kubectl.ts';
import { takeAway } from './take-away.ts';

export interface Crowd {
  readonly ready: number;
  readonly failed: number;
  /** From the first push until the last preview was ready or had failed. */
  readonly seconds: number;
  /** Of the worker meanwhile. */
  readonly used: Usage;
}

export interface CrowdOptions {
  readonly count: number;
  /** File with the workflow code. */
  readonly bundle: string;
  /** Hears how many have come to an end. */
  readonly tell: (text: string) => void;
}

/** The range of pull request numbers that CONTRIBUTING.md gives this benchmark. */
const firstNumber = 9100;
const pushesAtOnce = 25;
/** The whole crowd must have come to an end by then. */
const patienceMs = 20 * 60_000;

/** Asks for so many previews at once and waits until each one is ready or has failed; then takes all of them away. */
export async function askForCrowd(stack: Stack, { count, bundle, tell }: CrowdOptions): Promise<Crowd> {
  const name = `bench-${randomUUID().slice(0, 8)}`;
  const application = await createApplication(stack, name);
  tell(`opening ${count} pull requests`);
  const refs: PullRequestRef[] = [];
  for (const number of numbersFrom(firstNumber, count)) refs.push(await application.open(number));
  // A run before this one may have been killed.
  await deleteNamespaces(
    stack,
    refs.map(({ number }) => `preview-${number}`),
  );
  // A pool of places is one workflow for each platform's name.
  const platform = {
    name,
    repositories: [`example/${name}`],
    database: null,
    capacity: { places: count },
  };
  const environment = { PREVIEW_WORKFLOW_BUNDLE: bundle };
  const worker = await startOwnWorker({ stack, taskQueue: name, platform, environment });
  const connection = await Connection.connect({ address: stack.temporal?.address ?? '' });
  const client = new Client({ connection });
  try {
    const previews = createPreviewClient({ client, place: 'the local stack', taskQueue: name });
    const before = usageOf(worker.pid);
    const begun = performance.now();
    await inLanes(refs, pushesAtOnce, async (ref) => {
      await previews.push(ref, { sha: null, reason: 'event' });
    });
    const ended = await untilAllEnded(client, { worker, repository: `example/${name}`, count, tell });
    const seconds = (performance.now() - begun) / 1000;
    const after = usageOf(worker.pid);
    if (ended.ready < count) await tellOfOthers(previews, refs);
    const used = {
      ownSeconds: after.ownSeconds - before.ownSeconds,
      childSeconds: after.childSeconds - before.childSeconds,
    };
    return { ...ended, seconds, used };
  } finally {
    tell('taking all of them away');
    await takeAway(stack, { client, refs, taskQueue: name, worker });
    await worker.stop();
    await connection.close();
  }
}

/** Asks Temporal's lists, not the worker, whose processor time is measured. */
async function untilAllEnded(
  client: Client,
  {
    worker,
    repository,
    count,
    tell,
  }: Pick<CrowdOptions, 'count' | 'tell'> & { readonly worker: OwnWorker; readonly repository: string },
): Promise<{ ready: number; failed: number }> {
  const inPhases = async (...phases: string[]): Promise<number> => {
    const list = phases.map((phase) => `'${phase}'`).join(', ');
    const query = `WorkflowType = 'preview' AND PreviewRepo = '${repository}' AND PreviewPhase IN (${list})`;
    return (await client.workflow.count(query)).count;
  };
  const givesUpAt = Date.now() + patienceMs;
  for (;;) {
    if (!isAlive(worker.pid)) throw new Error(`the worker ended:\n${await worker.log()}`);
    const ready = await inPhases('ready');
    const failed = await inPhases('failed', 'awaiting-approval', 'gone');
    tell(`${ready} of ${count} are ready${failed > 0 ? `, ${failed} have failed` : ''}`);
    if (ready + failed >= count) return { ready, failed };
    if (Date.now() > givesUpAt) return { ready, failed: count - ready };
    await sleep(500);
  }
}

async function tellOfOthers(previews: PreviewClient, refs: readonly PullRequestRef[]): Promise<void> {
  for (const ref of refs) {
    const reading = await previews.status(ref);
    if (reading.kind === 'answered' && reading.status.phase === 'ready') continue;
    const why =
      reading.kind === 'answered' ? `${reading.status.phase}: ${reading.status.reason}` : reading.kind;
    process.stderr.write(`#${ref.number} ${why}\n`);
  }
}
