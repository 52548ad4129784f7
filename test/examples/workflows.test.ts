import { cp, glob, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { checkout } from '../../local/folders.ts';
import { silentProgress } from '../../local/progress.ts';
import { toolFinder } from '../../local/tools.ts';

interface Step {
  readonly uses?: string;
  readonly run?: string;
  readonly with?: Readonly<Record<string, unknown>>;
}

interface Job {
  readonly permissions?: Readonly<Record<string, string>>;
  readonly 'timeout-minutes'?: number;
  readonly steps: readonly Step[];
}

interface Workflow {
  readonly on: Readonly<Record<string, unknown>>;
  readonly permissions?: unknown;
  readonly concurrency?: unknown;
  readonly jobs: Readonly<Record<string, Job>>;
}

/** How the action is called where it is used; in the repository that is checked it is the one of this checkout. */
const ours = /\bexample\/pr-preview@v[\d.]+/g;

const examples: string[] = [];
for await (const file of glob('{.github,examples/*/.github}/workflows/*.{yml,yaml}', { cwd: checkout }))
  examples.push(file);
const pages = ['docs/action.md'];

let folder: string;
let actionlint: string;

beforeAll(async () => {
  actionlint = await toolFinder(silentProgress)('actionlint');
  folder = await mkdtemp(join(tmpdir(), 'pr-preview-workflows-'));
  await mkdir(join(folder, '.github/workflows'), { recursive: true });
  await mkdir(join(folder, '.git'));
  await mkdir(join(folder, 'dist'));
  await cp(join(checkout, 'action.yml'), join(folder, 'action.yml'));
  await cp(join(checkout, 'dist/action.js'), join(folder, 'dist/action.js'));
}, 120_000);

afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

/** What actionlint says of a workflow; it knows the inputs of our action. */
async function lint(name: string, text: string): Promise<string> {
  const file = join(folder, '.github/workflows', name);
  await writeFile(file, text.replaceAll(ours, './'));
  // programs for what stands in `run:` are there on some machines only
  const flags = ['-no-color', '-shellcheck=', '-pyflakes='];
  const { stdout } = await execa(actionlint, [...flags, file], { cwd: folder, reject: false });
  return stdout;
}

function text(file: string): Promise<string> {
  return readFile(join(checkout, file), 'utf8');
}

test('there are workflows to look at', () => {
  expect(examples).toEqual(
    expect.arrayContaining([
      '.github/workflows/ci.yml',
      'examples/videocall/.github/workflows/build.yaml',
      'examples/videocall/.github/workflows/preview.yaml',
    ]),
  );
});

test('a mistake is found, of GitHub as well as of our action', async () => {
  const wrong = (await text('examples/videocall/.github/workflows/preview.yaml'))
    .replace('endpoint:', 'endpiont:')
    .replace('[created]', '[writen]');
  const said = await lint('wrong.yaml', wrong);
  expect(said).toContain('input "endpiont" is not defined in action');
  expect(said).toContain('invalid activity type "writen"');
});

test.each(examples)('%s is one that GitHub can read', async (file) => {
  expect(await lint(basename(file), await text(file))).toBe('');
});

test.each(pages)('every workflow in %s is one that GitHub can read', async (page) => {
  const blocks = [...(await text(page)).matchAll(/^```yaml\n([\s\S]*?)^```$/gm)].map(
    ([, block = '']) => block,
  );
  expect(blocks.length).toBeGreaterThan(2);
  for (const [index, block] of blocks.entries()) {
    expect(block).toContain('\njobs:\n');
    expect(await lint(`block-${index}.yaml`, block)).toBe('');
  }
});

describe.each(examples)('%s', (file) => {
  let workflow: Workflow;
  let jobs: (readonly [string, Job])[];

  beforeAll(async () => {
    workflow = parse(await text(file)) as Workflow;
    jobs = Object.entries(workflow.jobs);
  });

  test('gives no right by default but to read, and each job an end', () => {
    expect([{}, { contents: 'read' }]).toContainEqual(workflow.permissions);
    for (const [name, job] of jobs) expect(job['timeout-minutes'], name).toBeGreaterThan(0);
  });

  test("pins others' actions by commit, and says which version that is", async () => {
    const lines = (await text(file)).split('\n').filter((line) => /^\s*(?:- )?uses:/.test(line));
    expect(lines.length).toBeGreaterThan(0);
    for (const line of lines)
      expect(line).toMatch(/uses: (?:example\/pr-preview@v[\d.]+|[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+)$/);
  });

  test('writes nothing of an event into a script', () => {
    for (const [, job] of jobs)
      for (const { run = '' } of job.steps) expect(run).not.toMatch(/\$\{\{\s*(?:github\.event|inputs)/);
  });

  test('runs nothing of a pull request where it has rights', () => {
    const events = Object.keys(workflow.on);
    const privileged = events.some((event) => event === 'pull_request_target' || event === 'issue_comment');
    for (const [name, job] of jobs) {
      const writes = Object.values(job.permissions ?? {}).includes('write');
      if (privileged || writes)
        expect(
          job.steps.map(({ uses }) => uses?.split('@')[0]),
          name,
        ).not.toContain('actions/checkout');
    }
  });

  test('drops no close: what hears of one is in no group of which GitHub keeps one run', () => {
    if (Object.keys(workflow.on).includes('pull_request_target'))
      expect(workflow.concurrency).toBeUndefined();
  });
});
