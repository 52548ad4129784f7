import type { PreviewStatus } from '../../domain/status.ts';
import { createPreviewCommand } from '../demo/preview-command.ts';
import { say, step } from '../demo/say.ts';
import { createExampleApp, nextNumber, owner } from '../example-app.ts';
import type { Change, ExampleApp } from '../example-app.ts';
import { controlOf } from '../github/control.ts';
import type { Stack } from '../stack.ts';

/** What the example needs to know of where it runs, as the local stack says it. */
export type Surroundings = Required<Pick<Stack, 'github' | 'registry' | 'temporal'>>;

export interface ExampleOptions {
  readonly surroundings: Surroundings;
  /** Name of the repository on the GitHub stand-in, below `example`. */
  readonly repository: string;
  /** Of the pull request; undefined: the next free one to open, else the newest. */
  readonly number: number | undefined;
  /** Ways in which the images of the commit fail on purpose. */
  readonly faults: NonNullable<Change['faults']>;
  readonly signal: AbortSignal;
}

/** Opens a pull request, builds and pushes its images, has its preview deployed, and says where it is. */
export async function openExample(options: ExampleOptions): Promise<void> {
  const app = await prepared(options);
  const number = options.number ?? (await app.nextNumber());
  const commit = await step(`pull request #${number} is open, the images of its head are pushed`, () =>
    app.open(number, { faults: options.faults }),
  );
  await deploy(app, { ...options, number, commit });
}

/** Pushes another commit to a pull request, and its images, and has the preview updated. */
export async function pushExample(options: ExampleOptions): Promise<void> {
  const app = await prepared(options);
  const number = options.number ?? (await newest(options));
  const commit = await step(`another commit is on #${number}, its images have the same tag`, () =>
    app.push(number, { faults: options.faults }),
  );
  await deploy(app, { ...options, number, commit });
}

/** Closes a pull request and waits until everything of its preview is gone. @throws when something is left. */
export async function closeExample(options: ExampleOptions): Promise<void> {
  const { surroundings, repository, signal } = options;
  const number = options.number ?? (await newest(options));
  const name = `${owner}/${repository}#${number}`;
  const preview = createPreviewCommand(surroundings, signal);
  await controlOf(surroundings.github.url).closePullRequest({ owner, repo: repository, number });
  const gone = await step(`the pull request is closed: preview close ${name}`, () => preview.close(name));
  const items = gone.receipt?.items ?? [];
  say('\nReceipt, each item read back:');
  for (const { kind, name, state } of items) say(`  ${kind.padEnd(10)} ${name.padEnd(14)} ${state}`);
  if (!items.every(({ state }) => state === 'absent')) throw new Error('something is left');
}

function prepared({ surroundings, repository }: ExampleOptions): Promise<ExampleApp> {
  return step(`${owner}/${repository} is on the GitHub stand-in`, () =>
    createExampleApp({ stack: surroundings, repository }),
  );
}

async function newest({ surroundings, repository }: ExampleOptions): Promise<number> {
  const number = (await nextNumber(surroundings.github.url, repository)) - 1;
  if (number > 0) return number;
  throw new Error(`${owner}/${repository} has no pull request yet: open one`);
}

async function deploy(
  app: ExampleApp,
  options: ExampleOptions & { readonly number: number; readonly commit: string },
): Promise<void> {
  const { surroundings, repository, number, commit, signal } = options;
  const name = `${owner}/${repository}#${number}`;
  const preview = createPreviewCommand(surroundings, signal);
  const status = await step(`preview deploy ${name}`, () => preview.deploy(name, commit)).catch(
    (error: unknown) => {
      say(`What its comment says: ${app.pageOf(number)}`);
      throw error;
    },
  );
  tell(status, { page: app.pageOf(number), uiUrl: surroundings.temporal.uiUrl });
}

function tell(
  { services, liveCommit }: PreviewStatus,
  { page, uiUrl }: { readonly page: string; readonly uiUrl: string },
): void {
  say(`\nIt serves ${liveCommit ?? 'nothing'}:`);
  for (const { name, url } of services) if (url !== null) say(`  ${name.padEnd(13)} ${url}`);
  say(`Pull request    ${page}`);
  if (uiUrl !== '') say(`Temporal        ${uiUrl}`);
}
