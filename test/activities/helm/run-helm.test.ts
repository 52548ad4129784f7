import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, onTestFinished, test } from 'vitest';
import { createHomes } from '../../../activities/helm/private-home.ts';
import { processStart } from '../../../activities/helm/processes.ts';
import type { HelmResult } from '../../../activities/helm/run-helm.ts';
import { runHelm } from '../../../activities/helm/run-helm.ts';
import { temporaryFolder, until } from './support.ts';

async function runScript(
  script: string,
  {
    signal = new AbortController().signal,
    input,
    patienceMs,
  }: { signal?: AbortSignal; input?: string; patienceMs?: number } = {},
): Promise<HelmResult & { folder: string }> {
  const folder = await temporaryFolder();
  const home = await createHomes(folder).create();
  const command = { executable: '/bin/sh', arguments: ['-c', script, 'sh', folder], home };
  const options = {
    ...(input === undefined ? {} : { input }),
    ...(patienceMs === undefined ? {} : { patienceMs }),
  };
  return { ...(await runHelm({ ...command, ...options }, signal)), folder };
}

function setEnvironment(name: string, value: string): void {
  process.env[name] = value;
  onTestFinished(() => {
    delete process.env[name];
  });
}

describe('runHelm', () => {
  test('hands on nothing of the worker’s environment but what the network needs', async () => {
    setEnvironment('DATABASE_ADMIN_URL', 'postgres://canary');
    setEnvironment('GITHUB_TOKEN', 'canary');
    setEnvironment('KUBECONFIG', '/canary');
    setEnvironment('HTTPS_PROXY', 'http://proxy:3128');
    const { stdout } = await runScript('env');
    expect(stdout).not.toContain('canary');
    const names = stdout.split('\n').map((line) => line.split('=')[0]);
    expect(names).toContain('HELM_CACHE_HOME');
    expect(names).toContain('HTTPS_PROXY');
    expect(names.filter((name) => name?.startsWith('KUBE'))).toEqual([]);
  });

  test('gives each process folders of its own', async () => {
    const [one, other] = await Promise.all([
      runScript('echo $HELM_CONFIG_HOME'),
      runScript('echo $HELM_CONFIG_HOME'),
    ]);
    expect(one.stdout).not.toBe(other.stdout);
  });

  test('writes the input whole', async () => {
    const input = `${'x'.repeat(300_000)}\n`;
    const { stdout } = await runScript('wc -c', { input });
    expect(Number(stdout)).toBe(input.length);
  });

  test('reports who was killed by somebody else', async () => {
    const result = await runScript('kill -9 $$');
    expect(result).toMatchObject({ succeeded: false, killedBy: 'SIGKILL' });
  });

  test('keeps the end of what is too long', async () => {
    const result = await runScript('head -c 300000 /dev/zero | tr "\\0" x >&2; echo the end >&2; exit 1');
    expect(result.succeeded).toBe(false);
    expect(result.stderr.length).toBe(64 * 1024);
    expect(result.stderr.endsWith('the end\n')).toBe(true);
  });

  test('throws what spawning throws when there is no such executable', async () => {
    const home = await createHomes(await temporaryFolder()).create();
    const running = runHelm({ executable: '/no/helm', arguments: [], home }, new AbortController().signal);
    await expect(running).rejects.toThrow(/ENOENT/);
  });

  test('asks the whole group to end, awaits it, then throws the reason', async () => {
    const controller = new AbortController();
    const folder = await temporaryFolder();
    const script = `
      sh -c 'trap "echo child >> ${folder}/ended; exit 0" TERM; echo $$ > ${folder}/child; while :; do sleep 0.05; done' &
      trap 'sleep 0.3; echo parent >> ${folder}/ended; exit 1' TERM; while :; do sleep 0.05; done`;
    const running = runScript(script, { signal: controller.signal });
    const settled = running.catch((error: unknown) => error);
    await until(
      'the child runs',
      async () => (await readFile(join(folder, 'child'), 'utf8').catch(() => '')) !== '',
    );
    const reason = new Error('superseded');
    controller.abort(reason);
    expect(await settled).toBe(reason);
    expect((await readFile(join(folder, 'ended'), 'utf8')).split('\n').toSorted()).toEqual([
      '',
      'child',
      'parent',
    ]);
  });

  test('kills a group that does not end in time', async () => {
    const controller = new AbortController();
    const folder = await temporaryFolder();
    const script = `trap '' TERM; echo $$ > ${folder}/pid; while :; do sleep 0.05; done`;
    const settled = runScript(script, { signal: controller.signal, patienceMs: 300 }).catch(
      (error: unknown) => error,
    );
    await until('it runs', async () => (await readFile(join(folder, 'pid'), 'utf8').catch(() => '')) !== '');
    const startedAt = Date.now();
    controller.abort(new Error('stop'));
    await settled;
    expect(Date.now() - startedAt).toBeGreaterThanOrEqual(290);
    await sleep(10);
    expect(processStart(Number(await readFile(join(folder, 'pid'), 'utf8')))).toBeNull();
  });

  test('starts nothing when it is already cancelled', async () => {
    const folder = await temporaryFolder();
    const running = runScript(`touch ${folder}/ran`, { signal: AbortSignal.abort(new Error('no')) });
    await expect(running).rejects.toThrow('no');
    await expect(readFile(join(folder, 'ran'))).rejects.toThrow(/ENOENT/);
  });
});
