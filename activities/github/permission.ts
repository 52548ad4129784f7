import type { Octokit } from 'octokit';
import type { PullRequestRef } from '../../domain/pull-request.ts';
import { permissionAnswer } from './answers.ts';
import { ask, statusOf } from './failure.ts';

/**
 * Whether somebody may write to a repository: by the permission there, which counts; `author_association` says nothing
 * of rights. An account that GitHub does not know may not.
 *
 * @throws failure `GitHubNotFound` when not even the repository is to be seen: then nothing is known.
 */
export async function mayWrite(
  octokit: Octokit,
  { ref, login }: { readonly ref: PullRequestRef; readonly login: string },
  signal: AbortSignal,
): Promise<boolean> {
  return ask(signal, `read what ${login} may do in ${ref.owner}/${ref.repository}`, async () => {
    const repository = { owner: ref.owner, repo: ref.repository, request: { signal } };
    try {
      const { data } = await octokit.rest.repos.getCollaboratorPermissionLevel({
        ...repository,
        username: login,
      });
      return ['admin', 'write', 'maintain'].includes(permissionAnswer.parse(data).permission);
    } catch (error) {
      if (statusOf(error) !== 404) throw error;
      // a login that lost the repository is answered 404 as well
      await octokit.rest.repos.get(repository);
      return false;
    }
  });
}
