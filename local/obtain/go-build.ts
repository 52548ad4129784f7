import path from 'node:path';

import type { GoModule } from './catalog.ts';
import type { Pin } from './pins.ts';
import { run } from './run.ts';

export interface GoBuild {
  readonly go: string;
  readonly module: GoModule;
  readonly pin: Pin;
  /** Packages by the name of the binary that `go build` makes of each. */
  readonly files: Readonly<Record<string, string>>;
  /** The folder of the Go module. */
  readonly folder: string;
  /** Where the binaries go; must exist. */
  readonly target: string;
  readonly say: (what: string) => void;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Builds all of a module's wanted packages by one `go build`, in the user's own Go caches.
 * What go.mod and go.sum do not pin fails the build.
 */
export async function goBuild(build: GoBuild): Promise<void> {
  const packages = [...new Set(Object.values(build.files))].sort();
  const flags = build.module.tags === undefined ? [] : ['-tags', build.module.tags];
  const command = {
    wanted: `${build.pin.name} ${build.pin.version}`,
    folder: build.folder,
    environment: environmentOf(build.module, build.go),
    signal: build.signal,
  };

  let modules = 0;
  build.say('looking for its modules');
  const list = await run(build.go, ['list', '-deps', ...flags, ...packages], {
    ...command,
    onLine: (line) => {
      if (line.startsWith('go: downloading ')) build.say(`${++modules} modules downloaded`);
    },
  });
  const total = list.split('\n').length;

  let compiled = 0;
  const linking = ['-buildvcs=false', '-ldflags', linkerFlags(build.module, build.pin.version)];
  build.say(`compiling (${total} packages, fewer where some are cached)`);
  await run(build.go, ['build', '-v', ...flags, ...linking, '-o', build.target + path.sep, ...packages], {
    ...command,
    onLine: (line) => {
      if (/^[\w.~/-]+$/.test(line)) build.say(`${++compiled} of at most ${total} packages compiled`);
    },
  });
}

/** The user's proxies and caches are kept; what could change the result is set. */
function environmentOf(module: GoModule, go: string): Record<string, string | undefined> {
  return {
    GO111MODULE: 'on',
    GOFLAGS: '-mod=readonly',
    GOWORK: 'off',
    GOTOOLCHAIN: 'local',
    GOOS: 'linux',
    GOARCH: process.arch === 'arm64' ? 'arm64' : 'amd64',
    CGO_ENABLED: module.cgo === true ? '1' : '0',
    // An inherited GOROOT belongs to some other Go than the one from our cache.
    GOROOT: undefined,
    PATH: `${path.dirname(go)}${path.delimiter}${process.env['PATH'] ?? ''}`,
  };
}

/** No symbol table (it halves the size), and the version stamps of the catalog. */
export function linkerFlags(module: GoModule, version: string): string {
  const [major = '', minor = ''] = version.split('.');
  const stamps = Object.entries(module.stamps ?? {}).map(([variable, value]) => {
    const text = value.replace('{version}', version).replace('{major}', major).replace('{minor}', minor);
    return `-X ${variable}=${text}`;
  });
  return ['-s -w', ...stamps].join(' ');
}
