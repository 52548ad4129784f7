import { readdir, readFile } from 'node:fs/promises';

/** A process of this machine with the words it was started with. */
export interface RunningProcess {
  readonly pid: number;
  readonly words: readonly string[];
}

/** All processes whose command line can be read. */
export async function processes(): Promise<RunningProcess[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const found = await Promise.all(
    pids.map(async (pid) => {
      const text = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
      return { pid: Number(pid), words: text.split('\0').filter((word) => word !== '') };
    }),
  );
  return found.filter(({ words }) => words.length > 0);
}

/** A Helm that upgrades a release of a namespace just now; null when there is none. */
export async function upgradingHelm(namespace: string): Promise<RunningProcess | null> {
  const all = await processes();
  return all.find(({ words }) => words.includes('upgrade') && words.includes(namespace)) ?? null;
}
