import { execa } from 'execa';
import { join } from 'node:path';
import type { Stack } from '../../local/stack.ts';

const chart = join(import.meta.dirname, 'chart');
const services = ['one', 'two', 'three', 'four'] as const;

export interface Baseline {
  readonly seconds: number;
  /** Seconds each release took by itself; only where they go one after another. */
  readonly each: readonly number[];
}

/** What people write into a pipeline: one `helm upgrade --install --wait` after another. */
export async function serialHelm(stack: Stack, image: Image): Promise<Baseline> {
  return inNamespace(stack, 'bench-serial', async (namespace) => {
    const each: number[] = [];
    for (const service of services)
      each.push(
        await timed(() =>
          install(stack, { namespace, service, image, words: ['--wait', '--timeout', '3m'] }),
        ),
      );
    return each;
  });
}

/** The least that can be done: all `helm upgrade` at once, then one wait. */
export async function parallelHelm(stack: Stack, image: Image): Promise<Baseline> {
  return inNamespace(stack, 'bench-parallel', async (namespace) => {
    await Promise.all(services.map((service) => install(stack, { namespace, service, image, words: [] })));
    const wait = [
      'wait',
      '--for=condition=Available',
      'deployment',
      '--all',
      '--timeout=3m',
      '-n',
      namespace,
    ];
    await kubectl(stack, wait);
    return [];
  });
}

export interface Image {
  readonly repository: string;
  readonly tag: string;
}

interface Install {
  readonly namespace: string;
  readonly service: string;
  readonly image: Image;
  readonly words: readonly string[];
}

async function install(stack: Stack, { namespace, service, image, words }: Install): Promise<void> {
  const values = { fullnameOverride: `bench-${service}`, image };
  const command = ['upgrade', '--install', `bench-${service}`, chart, '-n', namespace, '-f', '-', ...words];
  await execa(stack.tools.helm ?? 'helm', command, {
    env: admin(stack),
    input: `${JSON.stringify(values)}\n`,
  });
}

async function inNamespace(
  stack: Stack,
  namespace: string,
  work: (namespace: string) => Promise<readonly number[]>,
): Promise<Baseline> {
  const remove = ['delete', 'namespace', namespace, '--ignore-not-found'];
  await kubectl(stack, remove);
  await kubectl(stack, ['create', 'namespace', namespace]);
  try {
    let each: readonly number[] = [];
    const seconds = await timed(async () => {
      each = await work(namespace);
    });
    return { seconds, each };
  } finally {
    await kubectl(stack, remove);
  }
}

async function kubectl(stack: Stack, words: readonly string[]): Promise<void> {
  await execa(stack.tools.kubectl ?? 'kubectl', words, { env: admin(stack) });
}

function admin(stack: Stack): Record<string, string> {
  return { KUBECONFIG: stack.cluster?.adminKubeconfig ?? '' };
}

/** Seconds that something took. */
async function timed(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await work();
  return (performance.now() - started) / 1000;
}
