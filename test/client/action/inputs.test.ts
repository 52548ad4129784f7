import { describe, expect, it } from 'vitest';
import type { ActionInputs } from '../../../client/action/inputs.ts';
import { readInputs } from '../../../client/action/inputs.ts';
import { ClientError } from '../../../client/exit-codes.ts';
import { sha } from '../../domain/support.ts';

const digest = `sha256:${'a'.repeat(64)}`;
const gateway = { endpoint: 'https://previews.example.com' };

function read(given: Record<string, string>, env: NodeJS.ProcessEnv = {}): ActionInputs {
  return readInputs((name) => given[name] ?? '', env);
}

/** What is said of them, one line each, without the first. */
function faults(given: Record<string, string>, env: NodeJS.ProcessEnv = {}): string[] {
  try {
    read(given, env);
  } catch (error) {
    expect(error).toBeInstanceOf(ClientError);
    expect(error).toMatchObject({ code: 'usage' });
    const [first, ...rest] = (error as Error).message.split('\n- ');
    expect(first).toBe('The inputs cannot be used; nothing was sent.');
    return rest;
  }
  return [];
}

describe('inputs', () => {
  it('are few: the address of the gateway is enough', () => {
    expect(read(gateway)).toEqual({
      command: 'event',
      number: null,
      commit: null,
      images: [],
      waitMs: null,
      way: {
        kind: 'gateway',
        endpoint: 'https://previews.example.com',
        audience: 'https://previews.example.com',
      },
      gitHubToken: null,
    });
  });

  it.each([
    ['https://previews.example.com/', 'https://previews.example.com'],
    ['https://example.com:8443/previews/', 'https://example.com:8443/previews'],
    ['http://127.0.0.1:8080', 'http://127.0.0.1:8080'],
    ['http://localhost:8080', 'http://localhost:8080'],
    ['http://[::1]:8080', 'http://[::1]:8080'],
  ])('make a token for %s that is meant for %s', (endpoint, audience) => {
    expect(read({ endpoint }).way).toEqual({ kind: 'gateway', endpoint, audience });
    expect(read({ endpoint, audience: 'else' }).way).toMatchObject({ audience: 'else' });
  });

  it('say what the images are, of which commit, and how long to wait', () => {
    const commit = sha(7).toUpperCase();
    const given = { command: 'images', number: '7', commit, images: `ui=${digest}`, wait: '15m' };
    expect(read({ ...gateway, ...given })).toMatchObject({
      command: 'images',
      number: 7,
      commit: sha(7),
      images: [{ service: 'ui', image: null, digest }],
      waitMs: 900_000,
    });
  });

  it.each([
    [{ command: 'depoly' }, 'command: wanted one of event, deploy, close, images, got "depoly"'],
    [{ number: '7' }, 'number: the event says which pull request; leave it away, or give a command'],
    [{ command: 'deploy', number: '#7' }, 'number: wanted the number of a pull request, got "#7"'],
    [{ command: 'deploy', number: '0' }, 'got "0"'],
    [{ command: 'close', number: '9'.repeat(30) }, 'got "999'],
    [{ command: 'deploy', commit: sha(1) }, 'commit: goes with command images only'],
    [{ command: 'images', commit: 'abc', images: `ui=${digest}` }, 'commit: wanted 40 hex digits, got "abc"'],
    [{ command: 'images' }, 'images: wanted at least one line service=sha256:…'],
    [{ command: 'images', images: 'ui=' }, 'images: has nothing after "ui="'],
    [{ images: `ui=${digest}` }, 'images: goes with command images only'],
    [{ wait: 'long' }, 'wait: wanted a duration such as 15m, or false, got "long"'],
    [{ wait: '0' }, 'got "0"'],
    [{ wait: 'true' }, 'got "true"'],
    [{ endpoint: 'previews.example.com' }, 'endpoint: wanted the address of the gateway'],
    [{ endpoint: 'ftp://previews.example.com' }, 'got no such address'],
    [{ endpoint: 'http://previews.example.com' }, 'got http: a token would be sent in clear'],
    [{ endpoint: 'https://previews.example.com/?a=b' }, 'without user, query and fragment'],
    [
      { 'temporal-address': 'temporal:7233' },
      'endpoint: goes without temporal-address: give the gateway or Temporal',
    ],
    [{ 'temporal-api-key': 'secret-key' }, 'endpoint: goes without temporal-api-key'],
    [{ 'task-queue': 'mine' }, 'endpoint: goes without task-queue'],
  ])('that are wrong are told: %j', (given, fault) => {
    expect(faults({ ...gateway, ...given })).toEqual([expect.stringContaining(fault)]);
  });

  it('that hold a secret are not shown', () => {
    const told = faults({ endpoint: 'https://me:hunter2@example.com', 'temporal-api-key': 'hunter2' });
    expect(told).toHaveLength(2);
    expect(told.join()).not.toContain('hunter2');
  });

  it('are all told of at once', () => {
    expect(faults({ command: 'x', number: 'y', wait: 'z', audience: 'a' })).toHaveLength(6);
  });
});

describe('without the gateway', () => {
  it('Temporal is where the input says, with all else from the environment', () => {
    const given = { 'temporal-address': 'temporal:7233', 'temporal-api-key': 'key', 'task-queue': 'mine' };
    const env = { TEMPORAL_ADDRESS: 'another:7233', TEMPORAL_NAMESPACE: 'previews', TEMPORAL_TLS: 'true' };
    expect(read(given, env).way).toEqual({
      kind: 'temporal',
      env: {
        TEMPORAL_ADDRESS: 'temporal:7233',
        TEMPORAL_NAMESPACE: 'previews',
        TEMPORAL_API_KEY: 'key',
        TEMPORAL_TLS: 'true',
        PREVIEW_TASK_QUEUE: 'mine',
      },
    });
  });

  it.each(['TEMPORAL_ADDRESS', 'TEMPORAL_PROFILE', 'TEMPORAL_CONFIG_FILE'])(
    'it is enough that the job has %s',
    (name) => {
      expect(read({}, { [name]: 'x' }).way.kind).toBe('temporal');
    },
  );

  it('a secret that a run did not get is none', () => {
    const { way } = read({}, { TEMPORAL_ADDRESS: 'temporal:7233', TEMPORAL_API_KEY: '' });
    expect(way).toEqual({ kind: 'temporal', env: { TEMPORAL_ADDRESS: 'temporal:7233' } });
  });

  it('and without Temporal it is said what is wanted', () => {
    const wanted = expect.stringMatching(/^endpoint or temporal-address: wanted one of them/);
    expect(faults({}, { TEMPORAL_ADDRESS: '' })).toEqual([wanted]);
    expect(faults({ audience: 'a' })).toEqual(['audience: goes with endpoint only', wanted]);
  });

  it('the gateway that an input names counts more than a Temporal of the environment', () => {
    expect(read(gateway, { TEMPORAL_ADDRESS: 'temporal:7233' }).way.kind).toBe('gateway');
  });
});
