import { existsSync } from 'node:fs';
import { mkdir, readFile, readdir, rmdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { waitFor } from '../wait.ts';

/**
 * Makes the node's cgroup root in every hierarchy that is mounted (one in version 2, one for each controller in
 * version 1). Safe to run again.
 */
export async function createCgroupRoot(name: string): Promise<void> {
  for (const hierarchy of await hierarchies()) {
    const root = join(hierarchy, name);
    await mkdir(root, { recursive: true }).catch((cause: unknown) => {
      throw new Error(`The cgroup ${root} cannot be made: in a container, run it privileged.`, { cause });
    });
    if (existsSync(join(root, 'cpuset.mems')) && !existsSync(join(root, 'cgroup.controllers')))
      await inheritCpuset(root);
    if (existsSync(join(root, 'cgroup.controllers'))) await delegateControllers(root);
  }
}

/** Removes the node's cgroup root and all below it, deepest first, once its processes are gone. Missing is success. */
export async function removeCgroupRoot(name: string): Promise<void> {
  const roots = (await hierarchies()).map((hierarchy) => join(hierarchy, name));
  await waitFor(
    async () => {
      for (const root of roots.filter((path) => existsSync(path))) await removeTree(root);
      return true;
    },
    { what: `The end of all processes in the cgroup /${name}`, timeoutMs: 10_000, everyMs: 30 },
  );
}

async function hierarchies(): Promise<string[]> {
  const mounts = await readFile('/proc/self/mountinfo', 'utf8');
  return mounts.split('\n').flatMap((line) => {
    const [fields = '', type = ''] = line.split(' - ');
    const path = fields.split(' ')[4];
    return /^cgroup2? /.test(type) && path !== undefined ? [path] : [];
  });
}

/** In version 1 a new cpuset is empty, and nothing can run in it. */
async function inheritCpuset(root: string): Promise<void> {
  for (const file of ['cpuset.cpus', 'cpuset.mems'])
    await writeFile(join(root, file), await readFile(join(dirname(root), file)));
}

/** In version 2 a controller works in a group only if all groups above hand it on. */
async function delegateControllers(root: string): Promise<void> {
  for (const group of [dirname(root), root]) {
    const controllers = (await readFile(join(group, 'cgroup.controllers'), 'utf8'))
      .trim()
      .split(' ')
      .filter(Boolean);
    for (const controller of controllers) {
      // One that cannot be handed on (some real-time set-ups) is missed by nothing but its own limits.
      await writeFile(join(group, 'cgroup.subtree_control'), `+${controller}`).catch(() => {});
    }
  }
}

async function removeTree(folder: string): Promise<void> {
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    if (entry.isDirectory()) await removeTree(join(folder, entry.name));
  }
  await rmdir(folder);
}
