import { createRequire } from 'node:module';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { router } from '../../local/github/http/router.ts';
import { startGitHub } from '../../local/github/server.ts';
import { callsInSources } from './calls.ts';
import { loadDescription } from './description.ts';
import type { Exchange } from './exchange.ts';
import { answerFaults, requestFaults } from './judge.ts';
import { askAmiss, otherRequests } from './other-requests.ts';
import { askAllOfOurs } from './our-requests.ts';
import { setStage } from './stage.ts';
import type { Stage } from './stage.ts';

const description = await loadDescription();
const github = await startGitHub({ port: 0 });
const routeOf = router(Object.fromEntries(github.routes.map((route) => [route, () => new Response()])));
const calls = await callsInSources();

let stage: Stage;
let refusals: Exchange[];
beforeAll(async () => {
  stage = await setStage(github);
  await askAllOfOurs(stage);
  for (const ask of Object.values(otherRequests)) await ask(stage);
  const before = stage.exchanges.direct.length;
  await askAmiss(stage);
  refusals = stage.exchanges.direct.slice(before);
});
afterAll(() => github.close());

const pathOf = ({ path }: Exchange) => path.split('?', 1)[0] ?? '';
const operationOf = (one: Exchange) => description.find(one.method, pathOf(one))?.operation;
const told = (one: Exchange, faults: string[]) =>
  faults.map((fault) => `${one.method} ${one.path} (${one.status}): ${fault}`);

describe("an answer of the stand-in is as GitHub's description has it", () => {
  it.each(github.routes)('%s', (route) => {
    const { ours, direct } = stage.exchanges;
    const asked = [...ours, ...direct].filter((one) => routeOf(one.method, pathOf(one))?.route === route);
    const done = asked.filter(({ status }) => status < 400);
    // Nobody asks it: add the request of our code to our-requests.ts, any other to other-requests.ts.
    expect(done, `${route} is asked`).not.toEqual([]);
    expect(asked.flatMap((one) => told(one, answerFaults(description, one)))).toEqual([]);
  });

  it('also when it refuses', () => {
    expect(refusals.map(({ status }) => status).filter((status) => status < 400)).toEqual([]);
    expect(new Set(refusals.map(({ status }) => status))).toEqual(new Set([401, 403, 404, 422]));
    expect(refusals.flatMap((one) => told(one, answerFaults(description, one)))).toEqual([]);
  });

  it('also to what our code asks beside the endpoints above', () => {
    const unknown = stage.exchanges.ours.filter((one) => routeOf(one.method, pathOf(one)) === undefined);
    expect(unknown.map(({ method, path }) => `${method} ${path}`)).toEqual([]);
  });
});

describe("a request of our code is as GitHub's description has it", () => {
  it.each(calls)('%s', (call) => {
    const asked = stage.exchanges.ours.filter((one) => {
      const operation = operationOf(one);
      return call === operation?.operationId || call === `${one.method} ${operation?.template ?? ''}`;
    });
    // No scenario makes it: add it to our-requests.ts.
    expect(asked, `${call} is asked by our code`).not.toEqual([]);
    expect(asked.flatMap((one) => told(one, requestFaults(description, one)))).toEqual([]);
  });

  it('also what the client asks by itself', () => {
    expect(stage.exchanges.ours.flatMap((one) => told(one, requestFaults(description, one)))).toEqual([]);
    const asked = new Set(stage.exchanges.ours.map((one) => operationOf(one)?.operationId));
    expect([...asked]).toEqual(
      expect.arrayContaining(['apps/create-installation-access-token', 'apps/get-repo-installation']),
    );
  });
});

it("The stand-in's types are of the same description", () => {
  const types = createRequire(import.meta.url)('@octokit/openapi-types/package.json') as {
    readonly octokit: { readonly 'openapi-version': string };
  };
  expect(types.octokit['openapi-version']).toBe(description.version);
});
