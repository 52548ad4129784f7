import type { PlannedService } from '../../domain/plan.ts';
import { isSameCommit, servedCommit } from '../../domain/served-commit.ts';
import type { Way } from './get.ts';
import { get } from './get.ts';

/** Redirects of a version endpoint that are followed, on the same host only. */
const redirectLimit = 3;

/** Whether a service's public URL answers with 2xx or 3xx; what is wrong with it otherwise. */
export async function answers(
  service: PlannedService,
  way: Way,
  signal: AbortSignal,
): Promise<string | null> {
  const url = new URL(service.probe?.path ?? '/', service.url ?? undefined);
  const { status } = await get(url, way, signal);
  return status >= 200 && status < 400 ? null : `it answers with status ${status}`;
}

/** Whether a service's version endpoint serves the commit; what is wrong otherwise. */
export async function servesCommit(
  { url, version }: { url: string; version: { readonly path: string; readonly field: string } },
  { commit, way }: { commit: string; way: Way },
  signal: AbortSignal,
): Promise<string | null> {
  const start = new URL(version.path, url);
  const answer = await follow(start, way, signal);
  if (answer.status !== 200)
    return `it answers with status ${answer.status}${answer.location ? ` to ${answer.location}` : ''}`;
  const served = servedCommit(answer.body, version.field);
  if (served.kind === 'unreadable') return served.detail;
  return isSameCommit(served.commit, commit)
    ? null
    : `it serves commit ${served.commit.slice(0, 40)}, not ${commit}`;
}

async function follow(start: URL, way: Way, signal: AbortSignal): ReturnType<typeof get> {
  let answer = await get(start, way, signal);
  for (let followed = 0; followed < redirectLimit && answer.location !== null; followed += 1) {
    const next = URL.parse(answer.location);
    if (next?.origin !== start.origin) break;
    answer = await get(next, way, signal);
  }
  return answer;
}
