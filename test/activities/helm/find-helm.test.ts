import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { findHelm } from '../../../activities/helm/find-helm.ts';
import { helmExecutable } from './support.ts';

/** A program that says it is a Helm of some version. */
async function sayingOf(version: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'pr-preview-find-helm-'));
  onTestFinished(async () => await rm(folder, { recursive: true }));
  const file = join(folder, 'helm');
  await writeFile(file, `#!/bin/sh\necho '${version}'\n`);
  await chmod(file, 0o755);
  return file;
}

describe('The Helm that is used', () => {
  test('is the one that HELM names', async () => {
    expect((await findHelm({ HELM: helmExecutable() })).executable).toBe(helmExecutable());
  });

  test.each(['v4.3.0', 'v4.10.1', 'v5.0.0-rc.1'])('may be %s', async (version) => {
    const HELM = await sayingOf(version);
    expect((await findHelm({ HELM })).executable).toBe(HELM);
  });

  test.each(['v4.2.4', 'v3.22.0', 'something else'])(
    'is not %s: what came is named, and what to do',
    async (version) => {
      const HELM = await sayingOf(version);
      await expect(findHelm({ HELM })).rejects.toThrow(
        `Helm 4.3 or newer is needed; ${HELM} is ${version}. Install one, or set HELM to its path`,
      );
    },
  );

  test('is missed by name', async () => {
    await expect(findHelm({ HELM: 'no-helm-at-all', PATH: '/nowhere' })).rejects.toThrow(
      'Helm is missing: there is no "no-helm-at-all" to run. Install Helm 4.3 or newer, or set HELM to its path',
    );
  });
});
