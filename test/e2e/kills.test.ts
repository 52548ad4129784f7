import { describe, expect, it } from 'vitest';
import { releaseStates } from './cluster.ts';
import type { RunningProcess } from './processes.ts';
import { upgradingHelm } from './processes.ts';
import { eventually, startScene } from './scene.ts';
import type { Scene } from './scene.ts';

/** Waits for a Helm that upgrades in the scene's namespace and holds it where it is. */
async function holdHelm(scene: Scene): Promise<RunningProcess> {
  const deadline = Date.now() + 180_000;
  while (Date.now() < deadline) {
    const helm = await upgradingHelm(scene.namespace);
    if (helm) {
      process.kill(helm.pid, 'SIGSTOP');
      return helm;
    }
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  throw new Error('no Helm was seen upgrading');
}

/** The kernel hangs up on stopped processes whose parent died: it may be gone already. */
function killIfThere(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

async function servesCommit(scene: Scene, commit: string): Promise<void> {
  const status = await scene.reach('ready', 300_000);
  expect(status.liveCommit).toBe(commit);
  const states = await releaseStates(scene.namespace);
  expect(states).toContain('deployed');
  expect(states.filter((state) => state.startsWith('pending') || state === 'uninstalling')).toEqual([]);
}

describe.concurrent('kill -9 in the middle of helm upgrade', { timeout: 600_000 }, () => {
  it('of the worker and its Helm: a new worker completes the deploy, and no release stays pending', async () => {
    const scene = await startScene({ number: 5011 });
    try {
      const commit = await scene.app.open(scene.number);
      await scene.push(commit);
      const helm = await holdHelm(scene);
      await eventually(
        async () => {
          const states = await releaseStates(scene.namespace);
          if (!states.some((state) => state.startsWith('pending'))) throw new Error(states.join());
        },
        'a pending release',
        2_000,
      ).catch(() => undefined);
      await scene.worker().kill();
      killIfThere(helm.pid);
      await scene.startWorker();
      await servesCommit(scene, commit);
    } finally {
      await scene.end();
    }
  });

  it('of Helm alone: the same worker completes the deploy, and no release stays pending', async () => {
    const scene = await startScene({ number: 5012 });
    try {
      const commit = await scene.app.open(scene.number);
      await scene.push(commit);
      const helm = await holdHelm(scene);
      process.kill(helm.pid, 'SIGKILL');
      await servesCommit(scene, commit);
    } finally {
      await scene.end();
    }
  });

  it('of the worker alone: its Helm is not fought, and the update is served', async () => {
    const scene = await startScene({ number: 5013 });
    try {
      await scene.push(await scene.app.open(scene.number));
      await scene.reach('ready');
      const commit = await scene.app.push(scene.number);
      await scene.push(commit);
      const helm = await holdHelm(scene);
      await scene.worker().kill();
      process.kill(helm.pid, 'SIGCONT');
      await scene.startWorker();
      await servesCommit(scene, commit);
    } finally {
      await scene.end();
    }
  });
});
