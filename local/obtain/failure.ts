/** Why a tool could not be had. */
export type ObtainReason =
  | 'platform'
  | 'pin'
  | 'network'
  | 'disk-full'
  | 'checksum'
  | 'missing-package'
  | 'memory'
  | 'permission'
  | 'timeout'
  | 'cancelled'
  | 'build';

/** One line for a person: what was wanted, what came, what to do. The command's own error is its cause, without passwords. */
export class ObtainError extends Error {
  override readonly name = 'ObtainError';
  readonly reason: ObtainReason;

  constructor(reason: ObtainReason, message: string, options?: ErrorOptions) {
    super(message, options);
    this.reason = reason;
  }
}

interface Rule {
  readonly reason: ObtainReason;
  readonly pattern: RegExp;
  readonly advice: string;
}

// First match wins: a full disk or a wrong checksum also makes later lines that look like something else.
const rules: readonly Rule[] = [
  {
    reason: 'disk-full',
    pattern: /no space left on device|ENOSPC|disk quota exceeded|EDQUOT/i,
    advice: 'the disk is full: the tools with their Go caches need about 10 GB the first time',
  },
  {
    reason: 'checksum',
    pattern: /checksum mismatch|SECURITY ERROR|DO NOT MATCH THE HASHES/i,
    advice: 'what was downloaded is not what is pinned; nothing of it is used',
  },
  {
    reason: 'pin',
    pattern: /missing go\.sum entry|updates to go\.mod needed|Hashes are required in --require-hashes mode/i,
    advice:
      'what is needed is not pinned in tools/: run "go mod tidy" there, or add the hash to requirements.txt',
  },
  {
    reason: 'missing-package',
    pattern:
      /C compiler "[^"]*" not found|"(?:gcc|cc|pkg-config)": executable file not found|Package \S+ was not found in the pkg-config|fatal error: \S+\.h: No such file/i,
    advice: 'install gcc, libc6-dev, pkg-config and libseccomp-dev (Debian names) and run this again',
  },
  {
    reason: 'missing-package',
    pattern: /No module named '?pip/i,
    advice: 'install pip for python3 (Debian: python3-pip) and run this again',
  },
  {
    reason: 'network',
    pattern:
      /dial tcp|no such host|connection (?:refused|reset|timed out)|network is unreachable|i\/o timeout|TLS handshake|proxyconnect|x509:|certificate verify failed|CERTIFICATE_VERIFY_FAILED|ProxyError|NewConnectionError|NameResolutionError|Temporary failure (?:in name resolution|resolving)|Could not resolve|Read timed out|ConnectTimeout|unexpected EOF|stream error|GOAWAY|Unable to connect|Failed to fetch|: (?:403|407|429|50[0234]) |\b(?:403|407|429|50[0234]) (?:Client|Server) Error|module lookup disabled/i,
    advice:
      'the package registry could not be reached: check the network, HTTPS_PROXY, GOPROXY and pip’s index',
  },
  {
    reason: 'network',
    pattern: /No matching distribution found|not find a version that satisfies/i,
    advice: 'the package index has no such wheel for this machine: check pip’s index',
  },
  {
    reason: 'memory',
    pattern: /signal: killed|cannot allocate memory|out of memory/i,
    advice: 'the compiler was killed, most likely for want of memory: about 4 GB are needed',
  },
  {
    reason: 'permission',
    pattern: /permission denied|EACCES|EPERM|read-only file system|EROFS/i,
    advice: 'a cache folder cannot be written: check its owner, or set PR_PREVIEW_CACHE to another folder',
  },
];

/** Maps what a command or a file operation said to one line; the first telling line of its output stays in it. */
export function explain(output: string, options: { wanted: string; cause?: unknown }): ObtainError {
  const lines = output.split('\n').map((line) => redact(line.trim()));
  for (const rule of rules) {
    const line = lines.find((line) => rule.pattern.test(line));
    if (line !== undefined) return failed(rule.reason, `${rule.advice} (${shortened(line)})`, options);
  }
  const last = lines.filter((line) => line !== '' && !line.startsWith('go: downloading')).at(-1);
  return failed('build', last === undefined ? 'no output' : shortened(last), options);
}

function shortened(line: string): string {
  return line.length > 200 ? `${line.slice(0, 199)}…` : line;
}

function failed(
  reason: ObtainReason,
  why: string,
  options: { wanted: string; cause?: unknown },
): ObtainError {
  const { wanted, cause } = options;
  return new ObtainError(reason, `could not obtain ${wanted}: ${why}`, { cause: withoutPasswords(cause) });
}

/** A command's error repeats its whole output, addresses included. */
function withoutPasswords(cause: unknown): unknown {
  if (!(cause instanceof Error)) return cause;
  const clean = new Error(redact(cause.message));
  clean.name = cause.name;
  return clean;
}

/** Registries may be addressed with a password in the URL. */
function redact(text: string): string {
  return text.replace(/(\w+:\/\/)[^/\s@]+@/g, '$1…@');
}
