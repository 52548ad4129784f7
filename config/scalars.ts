import { z } from 'zod';
import { isDnsLabel, isDnsName } from '../domain/dns.ts';
import { parseDuration } from '../domain/lifetime.ts';
import { parseMilli, parseUnits } from '../domain/quantity.ts';

/**
 * Text with a rule; `expected` completes "expected …" in the message, and tells a reader how it is written. `pattern` is
 * for the JSON Schema: what an editor and Helm can see of the rule, in RE2.
 */
function text(expected: string, holds: (value: string) => boolean, pattern?: string): z.ZodString {
  const error = `expected ${expected}`;
  const told = { written: expected, ...(pattern === undefined ? {} : { pattern }) };
  return z.string({ error }).refine(holds, { error }).meta(told);
}

const labelPattern = '[a-z0-9]([-a-z0-9]*[a-z0-9])?';
const namePattern = `^${labelPattern}([.]${labelPattern})*$`;

const durationExpected = 'a duration such as `30m`, `72h` or `14d`, or 0';

/** Words in the file, milliseconds in the program. `0` needs no unit. */
export const duration = z
  .union(
    [
      z.literal(0),
      z
        .string()
        .regex(/^(0|(\d+d)?(\d+h)?(\d+m)?(\d+s)?(\d+ms)?)$/, { error: `expected ${durationExpected}` }),
    ],
    {
      error: `expected ${durationExpected}`,
    },
  )
  .transform((value, context) => {
    const milliseconds = parseDuration(String(value));
    if (milliseconds !== null) return milliseconds;
    context.addIssue({
      code: 'custom',
      message: `expected ${durationExpected}, at most ten years`,
      input: value,
    });
    return z.NEVER;
  })
  .meta({ written: durationExpected });

/** A duration that is not nothing. */
export const positiveDuration = duration
  .refine((value) => value > 0, { error: 'expected a duration longer than 0' })
  .meta({ written: 'a duration such as `30m`, `72h` or `14d`, longer than 0' });

export const dnsName = text('a lower-case DNS name such as `sandbox.example.com`', isDnsName, namePattern);

export const dnsLabel = text(
  'lower-case letters, digits and hyphens, at most 63, beginning and ending with a letter or digit',
  isDnsLabel,
  `^${labelPattern}$`,
);

/** Names of most Kubernetes objects. */
export const objectName = text(
  'the name of a Kubernetes object: lower-case letters, digits, `-` and `.`',
  isDnsName,
  namePattern,
);

export const secretKey = text('a key of a Secret: letters, digits, `-`, `_` and `.`', (value) =>
  /^[-._a-zA-Z0-9]{1,253}$/.test(value),
);

export const repositoryName = text(
  'a repository as `owner/name`',
  (value) => /^[A-Za-z0-9][A-Za-z0-9_-]*\/[A-Za-z0-9._-]+$/.test(value) && !/\/\.{1,2}$/.test(value),
  '^[A-Za-z0-9][-A-Za-z0-9_]*/[-A-Za-z0-9._]+$',
);

export const port = z.int({ error: 'expected a port, an integer from 1 to 65535' }).min(1).max(65_535);

export const cpu = quantity('an amount of CPU such as `500m` or `1`', parseMilli);
export const memory = quantity('an amount of memory such as `512Mi` or `1Gi`', parseUnits);

/** A Secret in another namespace. */
export const secretReference = z.strictObject({
  namespace: dnsLabel.describe('Namespace of the Secret.'),
  name: objectName.describe('Name of the Secret.'),
});

/** The path of a URL. */
export const urlPath = text('a path that begins with `/`', (value) => /^\/[^\s#]*$/.test(value));

/** A path below the repository's root. */
export const folderPath = text(
  'a path inside the repository such as `helm/ui`, without `..`',
  (value) =>
    value !== '' && !value.startsWith('/') && !value.includes('\\') && !value.split('/').includes('..'),
);

/** A host of images, charts or of a server, with or without a port. */
export const hostPort = text('a host name such as `ghcr.io`, with or without a port', (value) => {
  const [host = '', portText, ...rest] = value.split(':');
  const portHolds =
    portText === undefined ||
    (/^\d{1,5}$/.test(portText) && Number(portText) >= 1 && Number(portText) <= 65_535);
  return rest.length === 0 && portHolds && isDnsName(host);
});

const urlOf = (value: string): URL | null => (URL.canParse(value) ? new URL(value) : null);

export const httpUrl = text('a URL that begins with `https://` or `http://`', (value) =>
  /^https?:$/.test(urlOf(value)?.protocol ?? ''),
).refine((value) => `${urlOf(value)?.username ?? ''}${urlOf(value)?.password ?? ''}` === '', {
  // the value is not shown: it holds a secret
  error: 'found a URL with a user or password: remove them, secrets never stand in a config.',
});

/** Kubernetes takes plain numbers too (`cpu: 1`); they become text. */
function quantity(expected: string, parse: (value: string | number) => number | null) {
  return z
    .union([z.string(), z.number()], { error: `expected ${expected}` })
    .refine((value) => (parse(value) ?? -1) >= 0, { error: `expected ${expected}` })
    .transform(String)
    .meta({ written: expected });
}
