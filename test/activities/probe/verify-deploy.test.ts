import { CancelledFailure } from '@temporalio/common';
import type { MockActivityEnvironment } from '@temporalio/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { failure } from '../../../activities/failure.ts';
import type { ProbeDependencies } from '../../../activities/probe/activities.ts';
import { createProbeActivities } from '../../../activities/probe/activities.ts';
import type { Plan, PlannedService, PlanReference } from '../../../domain/plan.ts';
import { activityEnvironment } from '../environment.ts';
import type { Site } from './site.ts';
import { createSite } from './site.ts';

const commit = '0123456789abcdef0123456789abcdef01234567';
const digest = `sha256:${'a'.repeat(64)}`;
const image = { repository: 'ghcr.io/o/ui', tag: 'pr-1', digest, digests: [digest] };
const running = {
  pod: 'ui-1',
  container: 'ui',
  image: 'ghcr.io/o/ui:pr-1',
  imageId: `ghcr.io/o/ui@${digest}`,
  release: 'ui',
};

let site: Site;
beforeAll(async () => {
  site = await createSite();
});
beforeEach(() => {
  site.seen.length = 0;
  site.respond = (_, response) => void response.end('hello');
});
afterAll(async () => await site.close());

function service(changes: Partial<PlannedService> = {}): PlannedService {
  const url = `https://pr-1.preview.test:${site.port}`;
  return {
    name: 'ui',
    release: 'ui',
    images: { main: image },
    url,
    probe: null,
    version: null,
    ...changes,
  } as PlannedService;
}

interface Verify {
  readonly services?: PlannedService[];
  readonly only?: readonly string[];
  readonly dependencies?: Partial<ProbeDependencies>;
  readonly probe?: Partial<ProbeDependencies['probe']>;
  readonly environment?: MockActivityEnvironment;
}

async function verify(options: Verify = {}): Promise<{ notes: string[] }> {
  const plan = {
    inputs: { commit },
    names: { namespace: 'preview-1' },
    services: options.services ?? [service()],
  } as unknown as Plan;
  const activities = createProbeActivities({
    plans: { load: () => Promise.resolve({ plan, charts: {} }) },
    probe: { connect: site.address, ca: site.caFile, timeout: 1_500, ...options.probe },
    runningDigests: () => Promise.resolve([running]),
    ...options.dependencies,
  });
  return await (options.environment ?? activityEnvironment()).run(activities.verifyDeploy, {
    plan: { inputs: plan.inputs, hash: null } satisfies PlanReference,
    ...(options.only ? { services: options.only } : {}),
  });
}

async function problems(options: Verify): Promise<(string | null)[][]> {
  const failed: unknown = await verify({ probe: { timeout: 300 }, ...options }).catch(
    (error: unknown) => error,
  );
  expect(failed).toMatchObject({ type: 'VerifyFailed', nonRetryable: true });
  const [report] = (failed as { details: [{ problems: { where: string; message: string }[] }] }).details;
  return report.problems.map(({ where, message }) => [where, message]);
}

describe('verifyDeploy', () => {
  it('accepts a site that answers, dialled where the platform says, under its public name', async () => {
    expect(await verify()).toEqual({ notes: [] });
    expect(site.seen).toEqual([
      { sni: 'pr-1.preview.test', host: `pr-1.preview.test:${site.port}`, path: '/' },
    ]);
  });

  it('asks for the configured path, and for / where none is', async () => {
    const ws = service({ name: 'ws', images: {}, probe: { path: '/healthz?full=1' } });
    await verify({ services: [service(), ws] });
    expect(new Set(site.seen.map(({ path }) => path))).toEqual(new Set(['/', '/healthz?full=1']));
  });

  it('accepts a redirect and does not follow it', async () => {
    site.respond = (_, response) =>
      void response.writeHead(302, { location: 'https://login.example.com/' }).end();
    await verify();
    expect(site.seen).toHaveLength(1);
  });

  it.each([404, 502, 503])('tries again after status %i until it is well', async (status) => {
    site.respond = (_, response) => void response.writeHead(site.seen.length < 3 ? status : 200).end();
    await verify();
    expect(site.seen).toHaveLength(3);
  });

  it('tries again while nobody listens', async () => {
    await site.stop();
    const run = verify({ probe: { timeout: 10_000 } });
    const started = site.start();
    await Promise.all([run, started]);
    expect(site.seen).toHaveLength(1);
  });

  it('tells service, URL and the last answer when the time is up', async () => {
    site.respond = (_, response) => void response.writeHead(404).end();
    expect(await problems({})).toEqual([
      [`ui: https://pr-1.preview.test:${site.port}/`, 'it answers with status 404'],
    ]);
    expect(site.seen.length).toBeGreaterThan(1);
  });

  it('tells everything that is wrong at once', async () => {
    site.respond = ({ url }, response) => void response.writeHead(url === '/ok' ? 200 : 500).end();
    const services = [
      service({ name: 'one', release: 'one' }),
      service({ name: 'two', images: {} }),
      service({ name: 'three', images: {}, probe: { path: '/ok' } }),
    ];
    expect(await problems({ services })).toEqual([
      ['namespace preview-1', 'one: no container runs ghcr.io/o/ui (images.main)'],
      [`one: https://pr-1.preview.test:${site.port}/`, 'it answers with status 500'],
      [`two: https://pr-1.preview.test:${site.port}/`, 'it answers with status 500'],
    ]);
  });

  it('refuses a certificate of a CA that the platform does not name', async () => {
    const [[, message = ''] = []] = await problems({ probe: { ca: null, timeout: 300 } });
    expect(message).toMatch(/unable to (verify the first|get local issuer) certificate/);
    expect(site.seen).toEqual([]);
  });

  it('refuses a certificate of another name', async () => {
    const [[, message = ''] = []] = await problems({
      services: [service({ url: 'https://pr-1.elsewhere.test' })],
    });
    expect(message).toContain("Host: pr-1.elsewhere.test. is not in the cert's altnames");
    expect(site.seen).toEqual([]);
  });

  it('says which file is missing when the CA cannot be read', async () => {
    await expect(verify({ probe: { ca: '/no/such/ca.crt' } })).rejects.toMatchObject({
      type: 'InvalidPlatformConfig',
    });
  });

  it('looks only at the services it is asked for', async () => {
    const broken = service({ name: 'broken', url: 'https://broken.invalid' });
    await verify({ services: [service(), broken], only: ['ui'] });
    expect(site.seen).toHaveLength(1);
  });

  it('waits for digests that are not there yet, and names those that never come', async () => {
    let looks = 0;
    const runningDigests: ProbeDependencies['runningDigests'] = () => {
      looks += 1;
      return Promise.resolve(
        looks < 3 ? [{ ...running, imageId: `ghcr.io/o/ui@sha256:${'b'.repeat(64)}` }] : [running],
      );
    };
    expect(await verify({ dependencies: { runningDigests } })).toEqual({ notes: [] });
    expect(looks).toBe(3);
    const other = { ...running, imageId: `ghcr.io/o/ui@sha256:${'b'.repeat(64)}` };
    const [[, message = ''] = []] = await problems({
      dependencies: { runningDigests: () => Promise.resolve([other]) },
    });
    expect(message).toContain(`runs sha256:${'b'.repeat(64)}, planned is ${digest}`);
  });

  it('passes a failure of the cluster on at once, and stops asking the site', async () => {
    site.respond = (_, response) => void response.writeHead(404).end();
    const denied = failure('ClusterDenied', 'may not list pods');
    const runningDigests = (): Promise<never> => Promise.reject(denied);
    const begun = Date.now();
    await expect(verify({ dependencies: { runningDigests }, probe: { timeout: 30_000 } })).rejects.toBe(
      denied,
    );
    expect(Date.now() - begun).toBeLessThan(5_000);
  });

  it('stops at once when it is cancelled', async () => {
    const environment = activityEnvironment();
    site.respond = (_, response) => {
      response.writeHead(404).end();
      if (site.seen.length === 2) environment.cancel();
    };
    await expect(verify({ environment, probe: { timeout: 60_000 } })).rejects.toBeInstanceOf(
      CancelledFailure,
    );
  });

  it('stops at once when it is cancelled while the site keeps silent', async () => {
    const environment = activityEnvironment();
    site.respond = () => environment.cancel();
    await expect(verify({ environment, probe: { timeout: 60_000 } })).rejects.toBeInstanceOf(
      CancelledFailure,
    );
  });
});

describe('the version endpoint', () => {
  const version = { path: '/version', field: 'build.git_sha' };
  const answer = (body: unknown) => (site.respond = (_, response) => void response.end(JSON.stringify(body)));

  it.each([commit, commit.slice(0, 7)])('proves the commit when it serves %s', async (served) => {
    answer({ build: { git_sha: served } });
    expect(await verify({ services: [service({ version })] })).toEqual({ notes: [] });
    expect(new Set(site.seen.map(({ path }) => path))).toEqual(new Set(['/', '/version']));
  });

  it('is asked again while it still serves the old commit', async () => {
    let versions = 0;
    site.respond = ({ url }, response) => {
      if (url === '/version') versions += 1;
      response.end(JSON.stringify({ build: { git_sha: versions < 3 ? 'f'.repeat(40) : commit } }));
    };
    await verify({ services: [service({ version })] });
    expect(versions).toBe(3);
  });

  it.each([
    [{ build: { git_sha: 'f'.repeat(40) } }, `it serves commit ${'f'.repeat(40)}, not ${commit}`],
    [{ build: {} }, 'the answer has no field build.git_sha'],
  ])('is told with what it served instead: %j', async (body, message) => {
    answer(body);
    expect(await problems({ services: [service({ version })] })).toEqual([
      [`ui: https://pr-1.preview.test:${site.port}/version`, message],
    ]);
  });

  it('is followed to another path of the same host', async () => {
    site.respond = ({ url }, response) => {
      if (url === '/version') response.writeHead(301, { location: '/version/' });
      response.end(JSON.stringify({ build: { git_sha: commit } }));
    };
    await verify({ services: [service({ version })] });
    expect(site.seen.map(({ path }) => path)).toContain('/version/');
  });

  it('is not followed to another host', async () => {
    site.respond = ({ url }, response) => {
      if (url === '/version') response.writeHead(302, { location: 'https://pr-2.preview.test/version' });
      response.end();
    };
    expect(await problems({ services: [service({ version })] })).toEqual([
      [
        `ui: https://pr-1.preview.test:${site.port}/version`,
        'it answers with status 302 to https://pr-2.preview.test/version',
      ],
    ]);
    expect(new Set(site.seen.map(({ host }) => host))).toEqual(new Set([`pr-1.preview.test:${site.port}`]));
  });

  it('is not asked when the base branch stands in, which a note says', async () => {
    const images = { main: { ...image, fallback: true as const } };
    expect(await verify({ services: [service({ version, images })] })).toEqual({
      notes: ["ui runs the base branch's image: it was not built for this commit"],
    });
    expect(site.seen.map(({ path }) => path)).toEqual(['/']);
  });
});
