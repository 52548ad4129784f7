import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadRegistryLogins } from '../../../activities/registry/logins.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pr-preview-logins-'));
});
afterAll(async () => await rm(folder, { recursive: true }));

async function fileWith(content: string): Promise<string> {
  const file = join(folder, `${Math.random()}.json`);
  await writeFile(file, content);
  return file;
}

describe('logins for registries', () => {
  it('are none without a file', async () => {
    const logins = await loadRegistryLogins(null);
    expect(logins('ghcr.io')).toBeNull();
  });

  it("are read as Docker writes them, by the registry's host", async () => {
    const auth = (text: string) => ({ auth: Buffer.from(text).toString('base64') });
    const auths = {
      'ghcr.io': auth('octocat:pass:with:colons'),
      'https://index.docker.io/v1/': auth('hub:word'),
      'registry.example:5000': { username: 'plain', password: 'text' },
      'helper.example': {},
    };
    const logins = await loadRegistryLogins(await fileWith(JSON.stringify({ auths })));
    expect(logins('ghcr.io')).toEqual({ username: 'octocat', password: 'pass:with:colons' });
    expect(logins('docker.io')).toEqual({ username: 'hub', password: 'word' });
    expect(logins('registry.example:5000')).toEqual({ username: 'plain', password: 'text' });
    expect(logins('helper.example')).toBeNull();
    expect(logins('elsewhere.example')).toBeNull();
  });

  it('that cannot be read are refused without repeating what is there', async () => {
    const refused: unknown = await loadRegistryLogins(await fileWith('hidden-word {')).catch(
      (error: unknown) => error,
    );
    expect((refused as Error).message).toMatch(
      /^REGISTRY_AUTH_FILE .* cannot be read as a Docker config\.json$/,
    );
    expect((refused as Error).message).not.toContain('hidden-word');
    expect((refused as Error).cause).toBeUndefined();
  });
});
