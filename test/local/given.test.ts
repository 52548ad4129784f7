import { describe, expect, it } from 'vitest';
import { describeGiven, givenParts } from '../../local/given.ts';

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
});
