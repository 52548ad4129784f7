import { describe, expect, inject, test } from 'vitest';
import type { KubernetesApi } from '../../../activities/kubernetes/api.ts';
import { deployerRole, lookForClusterRole, workerRole } from '../../../activities/kubernetes/bound-roles.ts';
import { createKubernetesClients, loadKubeConfig } from '../../../activities/kubernetes/clients.ts';
import { never } from './fixture.ts';

const { adminKubeconfig, workerKubeconfig } = inject('stack').cluster ?? {};

function as(kubeconfig: string | undefined): KubernetesApi {
  return createKubernetesClients(loadKubeConfig(kubeconfig)).worker;
}

describe('A ClusterRole that the worker binds', () => {
  test.each([
    [workerRole, 'there'],
    [deployerRole, 'there'],
    ['preview-nobody-made', 'absent'],
  ])('is seen by who may look: %s is %s', async (name, found) => {
    expect(await lookForClusterRole(as(adminKubeconfig), name, never)).toBe(found);
  });

  test.each([
    [workerRole, 'there'],
    [deployerRole, 'there'],
    ['preview-nobody-made', 'hidden'],
  ])('is seen by the worker too, and no other: %s is %s', async (name, found) => {
    expect(await lookForClusterRole(as(workerKubeconfig), name, never)).toBe(found);
  });
});
