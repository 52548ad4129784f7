import { mkdir, mkdtemp, rm, symlink } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { stackAddresses } from '../../local/addresses.ts';
import { kubectlFor } from '../../local/cluster/kubectl.ts';
import type { Part, Stack } from '../../local/stack.ts';
import { tracesOf } from './traces.ts';

/** Not the one of `stack.test.ts`, which may run at the same time. */
const instance = 8;
const module = new URL('../../local/stack.ts', import.meta.url).href;
let cache: string;

beforeAll(async () => {
  cache = await mkdtemp(join(tmpdir(), 'refusals-'));
});

afterAll(async () => {
  await call(`stopStack({ instance: ${instance} })`);
  await rm(cache, { recursive: true });
});

/** Calls a function of the stack in a process of its own: root or not, with the environment given. */
async function call(code: string, options: { env?: Record<string, string>; wrap?: string[] } = {}) {
  const script = `
    import { ensureStack, stopStack } from '${module}';
    try { console.log(JSON.stringify(await ${code}) ?? ''); }
    catch (error) { console.error(error.message); process.exitCode = 1; }`;
  const [command, ...args] = [...(options.wrap ?? []), process.execPath, '--input-type=module', '-e', script];
  return execa(command, args, { env: { PR_PREVIEW_CACHE: cache, ...options.env }, reject: false });
}

const up = (...parts: Part[]): string => `ensureStack(${JSON.stringify({ instance, parts })})`;

describe('the stack refuses in one line', () => {
  it('to start without root what needs it, and says what would do instead', async () => {
    // In a user namespace of its own the process is nobody, and still reads its own files.
    const folder = join(cache, 'not-root');
    await mkdir(folder);
    const { stderr, exitCode } = await call(up('registry'), {
      wrap: ['unshare', '--user'],
      env: { PR_PREVIEW_CACHE: folder },
    });
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(
      /^The local stack needs root, .*KUBECONFIG, DATABASE_ADMIN_URL, REGISTRY \(.*--use-environment\)\.$/,
    );
  });

  it('to start in a container that is not privileged', async () => {
    const wrap = ['setpriv', '--bounding-set=-sys_admin,-net_admin', '--inh-caps=-sys_admin,-net_admin'];
    const { stderr } = await call(up('registry'), { wrap });
    expect(stderr).toBe(
      'The local stack needs CAP_NET_ADMIN and CAP_SYS_ADMIN, which root lacks here: in a container, run it privileged.',
    );
  });

  it('to start on a full disk', async () => {
    const disk = join(cache, 'disk');
    await mkdir(disk);
    await execa('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', disk]);
    try {
      const { stderr } = await call(up('temporal'), { env: { PR_PREVIEW_CACHE: disk } });
      expect(stderr).toMatch(/^Disk full: \S+ has [01] MiB left, the local stack needs 2048 MiB\.$/);
    } finally {
      await execa('umount', [disk]);
    }
  });

  it('to start where a port is taken, and says by whom; the other parts come up', async () => {
    const { ports } = stackAddresses(instance);
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(ports.github, '127.0.0.1', resolve));
    try {
      const { stderr } = await call(up('github', 'postgres'));
      expect(stderr).toMatch(
        new RegExp(
          `^Port 127.0.0.1:${ports.github}, which github needs, is taken by .+ \\(process ${process.pid}\\)\\.$`,
        ),
      );
    } finally {
      await new Promise((resolve) => server.close(resolve));
    }
    const again = await call(up('github', 'postgres'));
    expect(again.stderr).toBe('');
    expect(Object.keys(JSON.parse(again.stdout) as Stack)).toEqual(
      expect.arrayContaining(['github', 'postgres']),
    );
    await call(`stopStack({ instance: ${instance} })`);
    expect(await tracesOf(instance)).toEqual([]);
  });

  it('to start a cluster of its own that could not reach the registry the user gave', async () => {
    const { stderr } = await call(up('cluster'), { env: { REGISTRY: 'registry.example' } });
    expect(stderr).toMatch(
      /^The local cluster can pull .*, not from REGISTRY=registry\.example: give KUBECONFIG too\.$/,
    );
  });
});

describe('a Temporal that the user gave', () => {
  const worker = async (address: string) => {
    const { stderr, exitCode } = await call(up('worker'), { env: { TEMPORAL_ADDRESS: address } });
    expect(exitCode).toBe(1);
    return stderr;
  };

  it('is asked before anything is started that needs it, and named when it does not answer', async () => {
    expect(await worker('127.0.0.1:1')).toMatch(
      /^TEMPORAL_ADDRESS=127\.0\.0\.1:1 is used in place of .*, and does not answer for namespace default: .*\. Start it, or unset TEMPORAL_ADDRESS to have the stack start one\.$/,
    );
    expect(await tracesOf(instance)).toEqual([]);
  });

  it('is refused when it is none, though something listens there', async () => {
    const { github } = inject('stack');
    const address = new URL(github!.url).host;
    expect(await worker(address)).toContain(`TEMPORAL_ADDRESS=${address} is used in place of`);
  });
});

describe('what the user has', () => {
  it('is used as it is: a given cluster gets the rights, and the worker its login', async () => {
    const shared = inject('stack');
    const env = {
      PR_PREVIEW_TOOLS_DIR: await linkedTools(),
      KUBECONFIG: shared.cluster!.adminKubeconfig,
      TEMPORAL_ADDRESS: 'temporal.example:7233',
      DATABASE_ADMIN_URL: 'postgres://me@db.example/postgres',
      REGISTRY: 'registry.example',
    };
    const { stdout, stderr } = await call(up('temporal', 'postgres', 'registry', 'cluster', 'ingress'), {
      env,
    });
    expect(stderr).toBe('');
    const stack = JSON.parse(stdout) as Stack;
    expect(stack).toMatchObject({
      temporal: { address: 'temporal.example:7233' },
      postgres: { adminUrl: env.DATABASE_ADMIN_URL },
      registry: { address: 'registry.example' },
      cluster: { adminKubeconfig: env.KUBECONFIG, nodeIp: shared.cluster!.nodeIp },
    });
    expect(stack.ingress).toBeUndefined();
    const worker = kubectlFor(shared.tools.kubectl!, stack.cluster!.workerKubeconfig);
    expect(await worker(['auth', 'whoami', '-o', 'jsonpath={.status.userInfo.username}'])).toBe(
      'system:serviceaccount:pr-preview:worker',
    );
    expect(await tracesOf(instance)).toEqual([]);
  });
});

/** A folder with the programs that the shared stack uses: another cache folder needs no copy of its own. */
async function linkedTools(): Promise<string> {
  const folder = join(cache, 'linked-tools');
  await mkdir(folder);
  const { helm, kubectl } = inject('stack').tools;
  await symlink(helm!, join(folder, 'helm'));
  await symlink(kubectl!, join(folder, 'kubectl'));
  return folder;
}
