import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { startGitHub } from '../../../local/github/server.ts';
import type { GitHubStandIn } from '../../../local/github/server.ts';
import { heldOf, pushImage, pushIndexOf } from '../../activities/registry/support.ts';
import { plainOctokit } from './octokit.ts';

let github: GitHubStandIn;
beforeAll(async () => {
  github = await startGitHub({ port: 0 });
});
afterAll(() => github.close());

/** A package of a repository of its own in the real registry. */
async function newPackage(owner: string): Promise<{
  path: string;
  name: string;
  show: () => Promise<number[]>;
}> {
  const name = `stand-in/${randomUUID()}`;
  const path = `${owner}/${name}`;
  const repository = `http://${inject('stack').registry?.address}/v2/${path}`;
  return {
    path,
    name,
    show: async () => (await github.control.showPackage({ owner, name, repository })).map(({ id }) => id),
  };
}

test('A package’s versions are what its registry holds, an index’s images too, with their tags', async () => {
  const { path, name, show } = await newPackage('mia');
  const child = await pushImage(path, { salt: 'child' });
  const index = await pushIndexOf(path, { tag: 'v1', digests: [child] });
  await pushIndexOf(path, { tag: 'latest', digests: [child] });
  await show();
  const { packages } = plainOctokit(github).rest;
  const at = { package_type: 'container', package_name: name } as const;
  const { data } = await packages.getAllPackageVersionsForPackageOwnedByUser({ ...at, username: 'mia' });
  expect(data.map((version) => [version.name, version.metadata?.container?.tags])).toEqual([
    [index, ['latest', 'v1']],
    [child, []],
  ]);
  await expect(
    packages.getAllPackageVersionsForPackageOwnedByOrg({ ...at, org: 'mia' }),
  ).rejects.toMatchObject({ status: 404 });
});

test('Deleting a version takes its manifest and all its tags out of the registry', async () => {
  const { path, name, show } = await newPackage('mia');
  const main = await pushImage(path, { tag: 'main', salt: 'main' });
  await show();
  const digest = await pushImage(path, { tag: 'a' });
  await pushImage(path, { tag: 'b' });
  const [id = 0] = await show();
  const { packages } = plainOctokit(github).rest;
  const version = {
    package_type: 'container',
    package_name: name,
    username: 'mia',
    package_version_id: id,
  } as const;
  expect((await packages.getPackageVersionForUser(version)).data.name).toBe(digest);
  await packages.deletePackageVersionForUser(version);
  await expect(packages.getPackageVersionForUser(version)).rejects.toMatchObject({ status: 404 });
  expect(await heldOf(path, ['a', 'b', digest, 'main'])).toEqual([null, null, null, main]);
});

test('What kind an account is, is told', async () => {
  await github.control.createRepository({ owner: 'acme', name: 'app' });
  const { users } = plainOctokit(github).rest;
  expect((await users.getByUsername({ username: 'ACME' })).data.type).toBe('Organization');
  expect((await users.getByUsername({ username: 'preview-robot' })).data.type).toBe('User');
  await expect(users.getByUsername({ username: 'nobody' })).rejects.toMatchObject({ status: 404 });
});
