import { describe, expect, it } from 'vitest';
import { describeStack, describeStatus } from '../../local/describe.ts';
import type { StackStatus } from '../../local/stack.ts';

const stack = {
  temporal: {
    address: '127.0.0.1:27233',
    namespace: 'default',
    uiUrl: 'http://127.0.0.1:28233',
    executable: '/t',
  },
  postgres: {
    superuserUrl: 'postgres://postgres:s3cret@127.0.0.1:25432/postgres',
    adminUrl: 'postgres://admin:s3cret@127.0.0.1:25432/postgres',
    podHost: '10.250.0.1',
    podPort: 25432,
  },
  github: { url: 'http://127.0.0.1:28080', token: 's3cret' },
  tools: {},
};

describe('what a person is told of the stack', () => {
  it('has addresses and no secret', () => {
    const text = describeStack(stack);
    expect(text).toContain('127.0.0.1:27233, Web UI http://127.0.0.1:28233');
    expect(text).toContain('postgres://admin:…@127.0.0.1:25432/postgres');
    expect(text).not.toContain('s3cret');
  });

  it('names what died and what to do', () => {
    const status: StackStatus = {
      checkout: '/work',
      since: '2026-01-01T00:00:00.000Z',
      stack,
      processes: [
        { part: 'postgres', name: 'postgres', pid: 7, alive: true },
        { part: 'cluster', name: 'etcd', pid: 8, alive: false },
      ],
    };
    expect(describeStatus(status)).toMatch(/etcd\s+died; "npm run stack -- up" starts it again/);
    expect(describeStatus(undefined)).toBe('The stack is down.');
  });
});
