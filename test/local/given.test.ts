import { describe, expect, it } from 'vitest';
import { stackAddresses } from '../../local/addresses.ts';
import type { Given } from '../../local/given.ts';
import { describeGiven, givenParts as givenTo, withdrawGiven } from '../../local/given.ts';

const folder = '/home/me/.cache/pr-preview/stack';
const givenParts = (env: Record<string, string>): Given =>
  givenTo(env, { folder, addresses: stackAddresses(0) });

describe('what the user has', () => {
  it('is nothing unless the environment names it', () => {
    const given = givenParts({ KUBECONFIG: '', REGISTRY: '' });
    expect([...given.replaced]).toEqual([]);
    expect(given).toMatchObject({ stack: {} });
    expect(given.kubeconfig).toBeUndefined();
  });

  it('takes the place of Temporal, Postgres and registry', () => {
    const given = givenParts({
      TEMPORAL_ADDRESS: 'temporal.example:7233',
      TEMPORAL_NAMESPACE: 'previews',
      DATABASE_ADMIN_URL: 'postgres://admin:secret@db.example/postgres',
      REGISTRY: 'https://registry.example',
    });
    expect([...given.replaced]).toEqual(['temporal', 'postgres', 'registry']);
    expect(given.stack).toMatchObject({
      temporal: { address: 'temporal.example:7233', namespace: 'previews' },
      postgres: { podHost: 'db.example', podPort: 5432 },
      registry: { address: 'registry.example' },
    });
  });

  it('is named without its secrets', () => {
    const given = givenParts({
      TEMPORAL_ADDRESS: 'temporal.example:7233',
      DATABASE_ADMIN_URL: 'postgres://admin:secret@db.example/postgres',
    });
    expect(describeGiven('temporal', given)).toBe('using TEMPORAL_ADDRESS=temporal.example:7233');
    expect(describeGiven('postgres', given)).toBe('using DATABASE_ADMIN_URL, at db.example');
  });

  it('takes the place of the cluster, and with it of ingress controller and simulated nodes', () => {
    const given = givenParts({ KUBECONFIG: '/home/me/.kube/config' });
    expect([...given.replaced]).toEqual(['cluster', 'ingress', 'kwok']);
    expect(given.kubeconfig).toBe('/home/me/.kube/config');
  });

  it('is not what the stack made itself, though its status has people export it', () => {
    const { ports, hostIp } = stackAddresses(0);
    const given = givenParts({
      KUBECONFIG: `${folder}/cluster/admin.kubeconfig`,
      TEMPORAL_ADDRESS: `127.0.0.1:${ports.temporal}`,
      DATABASE_ADMIN_URL: `postgres://preview_admin:secret@127.0.0.1:${ports.postgres}/postgres`,
      REGISTRY: `${hostIp}:${ports.registry}`,
    });
    expect([...given.replaced]).toEqual([]);
    expect(given.kubeconfig).toBeUndefined();
    expect([...givenParts({ KUBECONFIG: `${folder}-2/cluster/admin.kubeconfig` }).replaced]).toContain(
      'cluster',
    );
  });

  it('is withdrawn from who did not ask for it, and named', () => {
    const env = { KUBECONFIG: '/home/me/.kube/config', REGISTRY: '', HOME: '/home/me' };
    expect(withdrawGiven(env)).toEqual(['KUBECONFIG']);
    expect(givenParts(env).kubeconfig).toBeUndefined();
    expect(env).toEqual({ REGISTRY: '', HOME: '/home/me' });
  });
});
