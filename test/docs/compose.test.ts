import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import { beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { obtain } from '../../local/obtain/index.ts';
import { plainProgress } from '../../local/progress.ts';

const file = join(import.meta.dirname, '../../docker-compose.yml');

interface Service {
  readonly image: string;
  readonly restart?: string;
  readonly healthcheck?: { readonly test: readonly string[] };
  readonly ports?: readonly string[];
}

describe('docker-compose.yml', () => {
  let text = '';
  let services: Record<string, Service> = {};

  beforeAll(async () => {
    text = await readFile(file, 'utf8');
    services = (parse(text) as { services: Record<string, Service> }).services;
  });

  test("is read by compose's own parser, with a default for every variable", async () => {
    const go = await obtain('go', { progress: plainProgress('compose') });
    const { stdout } = await execa(go, ['run', '-mod=readonly', '-buildvcs=false', '.', file], {
      cwd: join(import.meta.dirname, 'compose'),
      env: {
        CGO_ENABLED: '0',
        GOFLAGS: '',
        GOTOOLCHAIN: 'local',
        GOWORK: 'off',
        PATH: `${dirname(go)}:${process.env['PATH'] ?? ''}`,
      },
    });
    expect(stdout.split('\n').toSorted()).toEqual(Object.keys(services).toSorted());
  }, 180_000);

  test('says what every variable is, and no other', () => {
    const used = new Set([...text.matchAll(/\$\{(\w+)/g)].map(([, name]) => name));
    const explained = [...text.matchAll(/^# {3}([A-Z_]+) {2,}\S/gm)].map(([, name]) => name);
    expect(new Set(explained)).toEqual(used);
  });

  test('pins every image, and none that is deprecated', () => {
    for (const { image } of Object.values(services))
      expect(image).toMatch(/^(?!.*auto-setup)[\w./-]+:\d+\.\d+(\.\d+)?$/);
  });

  test('checks the health of what stays, and lets nothing listen beyond what BIND_ADDRESS says', () => {
    for (const [name, { restart, healthcheck, ports = [] }] of Object.entries(services)) {
      if (restart === 'unless-stopped') expect(healthcheck?.test, name).toBeDefined();
      for (const port of ports) expect(port).toMatch(/^\$\{BIND_ADDRESS:-127\.0\.0\.1\}:/);
    }
  });
});
