import type { Octokit } from 'octokit';
import type { PullRequestRef } from '../../domain/pull-request.ts';
import { permissionAnswer } from './answers.ts';
import { ask, statusOf } from './failure.ts';

/**
 * Whether somebody may write to a repository: by the permission there, which counts; `author_association` says nothing
 * of rights. An account that GitHub does not know may not.
 */
export async function mayWrite(
  octokit: Octokit,
  { ref, login }: { readonly ref: PullRequestRef; readonly login: string },
  signal: AbortSignal,
): Promise<boolean> {
  return ask(signal, `read what ${login} may do in ${ref.owner}/${ref.repository}`, async () => {
    try {
      const { data } = await octokit.rest.repos.getCollaboratorPermissionLevel({
        owner: ref.owner,
        repo: ref.repository,
        username: login,
        request: { signal },
      });
      return ['admin', 'write', 'maintain'].includes(permissionAnswer.parse(data).permission);
    } catch (error) {
      if (statusOf(error) === 404) return false;
      throw error;
    }
  });
}
