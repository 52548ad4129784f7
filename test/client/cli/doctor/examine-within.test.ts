import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { examineWithin } from '../../../../client/cli/doctor/examine-within.ts';
import { examineGitHub } from '../../../../client/cli/doctor/git-hub.ts';
import { examineHelm } from '../../../../client/cli/doctor/helm.ts';
import type { Examine } from '../../../../client/cli/doctor/patient.ts';
import { examineTemporal } from '../../../../client/cli/doctor/temporal.ts';

/** Where somebody listens and says nothing. @returns `host:port` */
async function silence(): Promise<string> {
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    onTestFinished(() => void socket.destroy());
  });
  server.listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  onTestFinished(() => void server.close());
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** A Helm that waits for words that nobody says. */
async function silentHelm(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'pr-preview-silent-'));
  onTestFinished(async () => await rm(folder, { recursive: true }));
  const file = join(folder, 'helm');
  await writeFile(file, '#!/bin/sh\nexec tail -f /dev/null\n', { mode: 0o755 });
  return file;
}

const patienceMs = 200;
const never = new AbortController().signal;
const inPod = { KUBERNETES_SERVICE_HOST: '10.0.0.1' };

describe('an area that does not answer', () => {
  it.each<[string, Examine, () => Promise<Record<string, string>>]>([
    ['Temporal', examineTemporal, async () => ({ TEMPORAL_ADDRESS: await silence() })],
    [
      'GitHub',
      examineGitHub,
      async () => ({ GITHUB_API_URL: `http://${await silence()}`, GITHUB_TOKEN: 'any' }),
    ],
    ['Helm', examineHelm, async () => ({ HELM: await silentHelm() })],
    ['one that heeds no signal', async () => await new Promise(() => undefined), async () => ({})],
  ])('is given up when its time is over: %s', async (_, examine, silent) => {
    const env = { ...inPod, ...(await silent()) };
    expect(await examineWithin({ examine, patienceMs }, { platform: null, env }, never)).toEqual([
      {
        verdict: 'bad',
        text: 'cannot be looked at: no answer within 0.2 s',
        advice: 'Mend this first, then ask again',
      },
    ]);
  });

  it('is only not seen where the worker does not run', async () => {
    const env = { HELM: await silentHelm() };
    const patient = { platform: null, env };
    expect(await examineWithin({ examine: examineHelm, patienceMs }, patient, never)).toMatchObject([
      { verdict: 'unknown', advice: 'Run this where the worker runs' },
    ]);
  });

  it('is left at once when the person has had enough', async () => {
    const enough = new AbortController();
    const env = { HELM: await silentHelm() };
    const asked = examineWithin(
      { examine: examineHelm, patienceMs: 600_000 },
      { platform: null, env },
      enough.signal,
    );
    enough.abort(new Error('enough'));
    await expect(asked).rejects.toThrow('enough');
  });
});
