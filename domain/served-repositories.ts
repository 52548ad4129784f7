import type { PlatformConfig } from './config.ts';
import type { Problem } from './failures.ts';
import type { PullRequestRef } from './pull-request.ts';
import { formatRef } from './pull-request.ts';

/** Whether a repository, `owner/name`, is among those of a config; GitHub tells no letters' case apart. */
export function isAmong(repositories: readonly string[], repository: string): boolean {
  const wanted = repository.toLowerCase();
  return repositories.some((allowed) => allowed.toLowerCase() === wanted);
}

/** Why a platform makes no previews for a pull request's repository; null where it does. */
export function repositoryProblem(
  { repositories, name }: Pick<PlatformConfig, 'repositories' | 'name'>,
  ref: PullRequestRef,
): Problem | null {
  const wanted = `${ref.owner}/${ref.repository}`.toLowerCase();
  if (isAmong(repositories, wanted)) return null;
  return {
    type: 'RepositoryNotAllowed',
    where: formatRef(ref),
    message: `platform "${name}" makes previews for ${repositories.join(', ')} only; its operator can add ${wanted} to \`repositories\``,
  };
}
