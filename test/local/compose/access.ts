import { readFile, rm, utimes } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { describeKubeconfig } from '../../../local/cluster/kubectl.ts';
import type { Stack } from '../../../local/stack.ts';
import { waitFor } from '../../../local/wait.ts';
import type { Service } from '../../docs/compose/project.ts';
import { programsFolder, runService } from './run-service.ts';

export interface Access {
  /** The worker's. */
  readonly kubeconfig: string;
  readonly token: () => Promise<string>;
  /** What the container's health check says. */
  readonly healthy: () => Promise<boolean>;
  /** Makes the token look as old as that. */
  readonly age: (minutes: number) => Promise<void>;
  readonly stop: () => Promise<void>;
}

/** Runs what the service `access` runs, against the local cluster, and waits for its first token. */
export async function startAccess(options: AccessOptions): Promise<Access> {
  const access = await beginAccess(options);
  await access.begun;
  return access;
}

export interface AccessOptions {
  readonly service: Service;
  readonly stack: Pick<Stack, 'cluster' | 'tools'>;
  /** In the place of the container's volume. */
  readonly folder: string;
}

/** As `startAccess`, without waiting: `begun` resolves with the first token. */
export async function beginAccess(
  options: AccessOptions,
): Promise<Access & { readonly begun: Promise<void> }> {
  const { service, stack, folder } = options;
  const admin = stack.cluster?.adminKubeconfig ?? '';
  const environment = {
    ADMIN: admin,
    SERVER: (await describeKubeconfig(admin)).server,
    ACCESS: folder,
    OWNER: '0:0',
  };
  const programs = await programsFolder(tmpdir(), { kubectl: stack.tools.kubectl });
  const running = runService(service, { environment, programs });
  const file = join(folder, 'token');
  const read = (): Promise<string> => readFile(file, 'utf8');
  const ended = running.ended.then(({ said }) => {
    throw new Error(`access ended: ${said}`);
  });
  ended.catch(() => undefined);
  const healthy = async (): Promise<boolean> => {
    const [, script = ''] = service.healthcheck?.test ?? [];
    const { exitCode } = await execa('sh', ['-c', script], { env: environment, reject: false });
    return exitCode === 0;
  };
  const first = waitFor(async () => (await healthy()) && (await read()) !== '', {
    what: 'A token of the worker',
  });
  const begun = Promise.race([ended, first]).then(() => undefined);
  begun.catch(() => undefined);
  return {
    begun,
    kubeconfig: join(folder, 'kubeconfig'),
    token: read,
    healthy,
    age: async (minutes) => {
      const then = new Date(Date.now() - minutes * 60_000);
      await utimes(file, then, then);
    },
    stop: async () => {
      await running.stop();
      await rm(programs, { recursive: true });
    },
  };
}
