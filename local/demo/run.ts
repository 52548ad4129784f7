import type { PreviewStatus } from '../../domain/status.ts';
import { createExampleApp } from '../example-app.ts';
import type { ExampleApp } from '../example-app.ts';
import { progressBoard } from '../progress.ts';
import type { Stack } from '../stack.ts';
import { ensureStack, stackStatus, stopParts, stopStack } from '../stack.ts';
import { createPreviewCommand } from './preview-command.ts';
import type { PreviewCommand } from './preview-command.ts';
import { fetchPage } from './fetch-page.ts';
import { say, step } from './say.ts';

export interface DemoOptions {
  /** Leaves everything running at the end. */
  readonly keep: boolean;
  readonly signal: AbortSignal;
}

const parts = ['temporal', 'postgres', 'registry', 'cluster', 'ingress', 'github', 'worker'] as const;

/** The main job, end to end: what this starts, it stops again, also after a failure or Ctrl-C. */
export async function runDemo({ keep, signal }: DemoOptions): Promise<void> {
  const before = await stackStatus();
  let done = false;
  let takeAway: (() => Promise<unknown>) | null = null;
  try {
    const stack = await startStack(before !== undefined);
    signal.throwIfAborted();
    const app = await step('the example application is on GitHub (a stand-in)', () =>
      createExampleApp({ stack }),
    );
    const preview = createPreviewCommand(stack, signal);
    const opened = (number: number): void => {
      takeAway = () => closeByForce(app, stack, number);
    };
    const number = await play({ app, preview, stack, keep, opened });
    if (keep) tellAddresses(stack, app, number);
    done = true;
  } finally {
    if (before !== undefined && !done && takeAway !== null)
      await step('the preview is taken away from the stack that goes on', takeAway).catch(() => undefined);
    if (!(keep && done)) await stop(before !== undefined);
  }
}

interface Play {
  readonly app: ExampleApp;
  readonly preview: PreviewCommand;
  readonly stack: Stack;
  readonly keep: boolean;
  /** Told the number as soon as there is something to take away. */
  readonly opened: (number: number) => void;
}

async function play({ app, preview, stack, keep, opened }: Play): Promise<number> {
  const number = await app.nextNumber();
  opened(number);
  const name = `${app.owner}/${app.repository}#${number}`;
  const first = await step(`pull request #${number} is open, CI has built the images of its head`, () =>
    app.open(number),
  );
  const ready = await step(`preview deploy ${name}`, () => preview.deploy(name, first));
  await step('the page answers through the ingress', () => look(stack, ready, first));
  const second = await step('a second commit is pushed, its images have the same tag', () =>
    app.push(number),
  );
  const updated = await step(`preview deploy ${name}`, () => preview.deploy(name, second));
  await step('the page answers again', () => look(stack, updated, second));
  if (keep) return number;
  await app.github.closePullRequest({ owner: app.owner, repo: app.repository, number });
  const gone = await step(`the pull request is closed: preview close ${name}`, () => preview.close(name));
  say('\nReceipt, each item read back:');
  for (const { kind, name, state } of gone.receipt?.items ?? [])
    say(`  ${kind.padEnd(10)} ${name.padEnd(14)} ${state}`);
  if (!gone.receipt?.items.every(({ state }) => state === 'absent')) throw new Error('something is left');
  return number;
}

/** After a failure or Ctrl-C: what the demo opened is closed, whoever interrupts. */
async function closeByForce(app: ExampleApp, stack: Stack, number: number): Promise<void> {
  await app.github.closePullRequest({ owner: app.owner, repo: app.repository, number });
  const patience = AbortSignal.timeout(120_000);
  await createPreviewCommand(stack, patience).close(`${app.owner}/${app.repository}#${number}`);
}

async function look(stack: Stack, status: PreviewStatus, commit: string): Promise<void> {
  const url = status.services.find(({ name }) => name === 'ui')?.url;
  if (!url || !stack.ingress) throw new Error(`the preview tells no address of its page: ${status.reason}`);
  const { httpsPort, caFile } = stack.ingress;
  const { title, served } = await fetchPage(url, { httpsPort, caFile });
  say(`  ${url} is "${title}" and serves ${served}`);
  if (served !== commit) throw new Error(`${url} serves ${served}, not ${commit}`);
}

async function startStack(wasThere: boolean): Promise<Stack> {
  // an older worker would run older code
  if (wasThere) await stopParts(['worker']);
  const board = progressBoard(['stack', ...parts]);
  try {
    return await ensureStack({ parts, progressOf: (name) => board.line(name) });
  } finally {
    await board.close();
  }
}

async function stop(wasThere: boolean): Promise<void> {
  const what = wasThere ? 'the worker is stopped; the stack ran before and goes on' : 'everything is stopped';
  await step(what, () => (wasThere ? stopParts(['worker']) : stopStack()));
}

function tellAddresses(stack: Stack, app: ExampleApp, number: number): void {
  say('\nEverything is left running:');
  say(`  page          https://pr-${number}.preview.localhost:${stack.ingress?.httpsPort ?? 443}`);
  say(`  certificate   signed by ${stack.ingress?.caFile ?? ''}`);
  say(`  pull request  ${app.pageOf(number)}`);
  say(`  Temporal      ${stack.temporal?.uiUrl ?? ''}`);
  say(
    `  cluster       KUBECONFIG=${stack.cluster?.adminKubeconfig ?? ''} ${stack.tools.kubectl ?? 'kubectl'} get pods -A`,
  );
  say(`\nAsk it:         TEMPORAL_ADDRESS=${stack.temporal?.address ?? ''} npm run preview -- list`);
  say(`Look at it all: (set -a; . ${stack.worker?.environmentFile ?? ''}; npm run preview -- doctor)`);
  say(
    'Go on with it:  npm run example -- push --fault ui=crash-on-start   (then without a fault; open; close)',
  );
  say('Stop it by:     npm run stack -- down');
}
