import type { PlatformConfig } from './config.ts';

/** What the platform config says of who starts a preview. */
export type StartPolicy = Pick<PlatformConfig['access'], 'trigger' | 'label'>;

/**
 * Whether the platform starts a preview of an open pull request by itself. For any other one only a person's command
 * does; for a draft it always takes one.
 */
export function startsByItself(
  { trigger, label }: StartPolicy,
  { draft, labels }: { readonly draft: boolean; readonly labels: readonly string[] },
): boolean {
  if (draft || trigger === 'command') return false;
  // GitHub takes two names for the same label that differ in case alone
  return trigger === 'auto' || labels.some((name) => name.toLowerCase() === label.toLowerCase());
}
