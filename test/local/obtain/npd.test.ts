import path from 'node:path';
import { fileURLToPath } from 'node:url';

import { execa } from 'execa';
import { expect, test } from 'vitest';

import { ensureSystemPackages, obtain } from '../../../local/obtain/index.ts';
import { silentProgress } from '../../../local/progress.ts';

const module = fileURLToPath(new URL('../../../tools/npd/', import.meta.url));

test('The NetworkPolicy enforcer passes its own tests, and the kernel accepts its rules', async () => {
  await ensureSystemPackages(['nftables', 'util-linux'], { progress: silentProgress });
  const go = await obtain('go', { progress: silentProgress });
  const result = await execa(go, ['test', './...'], {
    cwd: module,
    reject: false,
    all: true,
    env: {
      CGO_ENABLED: '0',
      GOFLAGS: '-mod=readonly',
      GOTOOLCHAIN: 'local',
      GOWORK: 'off',
      PATH: [path.dirname(go), process.env['PATH'], '/usr/sbin', '/sbin'].join(path.delimiter),
    },
  });
  expect(result.all).toMatch(/^ok\s/);
  expect(result.exitCode).toBe(0);
}, 300_000);
