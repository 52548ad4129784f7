import type { Parsed } from '../../config/problem.ts';
import { parsePlatformConfig } from '../../config/platform.ts';
import { parsePreviewConfig } from '../../config/preview.ts';
import type { PlatformConfig, PreviewConfig } from '../../domain/config.ts';
import type { PinnedImage, PlanInputs } from '../../domain/plan.ts';

/** The smallest platform config. */
export const platformText = 'domain: sandbox.example.com\nrepositories: [example/videocall]\n';

export const digest = `sha256:${'a'.repeat(64)}`;

export const pinned: PinnedImage = {
  repository: 'ghcr.io/example/ui',
  tag: 'pr-7',
  digest,
  digests: [digest],
};

export function planInputs(changes: Partial<PlanInputs> = {}): PlanInputs {
  return {
    pullRequest: { owner: 'example', repository: 'videocall', number: 7 },
    repositoryId: 4711,
    pr: { number: 7, author: 'someone', branch: 'feature/topic', draft: false },
    outsider: false,
    commit: 'c'.repeat(40),
    configCommit: 'd'.repeat(40),
    images: { ui: { main: pinned } },
    place: null,
    ...changes,
  };
}

export function platform(text = ''): PlatformConfig {
  return valueOf(parsePlatformConfig(platformText + text, 'platform.yaml'));
}

export function preview(text: string): PreviewConfig {
  return valueOf(parsePreviewConfig(text, 'preview.yaml'));
}

function valueOf<T>(parsed: Parsed<T>): T {
  if (parsed.ok) return parsed.value;
  throw new Error(JSON.stringify(parsed.problems, null, 2));
}

/** Problems as lines: `preview.yaml:3:5: path | message`. */
export function told(parsed: Parsed<unknown>): string[] {
  return parsed.ok ? [] : parsed.problems.map(({ where, message }) => `${where ?? ''} | ${message}`);
}
