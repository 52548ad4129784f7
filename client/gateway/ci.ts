import type { IncomingMessage } from 'node:http';
import type { CiPurpose, CiRun } from '../../domain/ci-run.ts';
import { faultsOfRun } from '../../domain/ci-run.ts';
import type { PullRequestRef } from '../../domain/pull-request.ts';
import { formatRef } from '../../domain/pull-request.ts';
import type { VerifyToken } from './oidc.ts';
import { RequestRefusal } from './refusal.ts';

/** What is asked of GitHub before a run of CI is believed; `activities/github/repositories.ts` has it. */
export interface CiGitHub {
  /** The repository as GitHub has it now. */
  readRepository(name: {
    readonly owner: string;
    readonly repository: string;
  }): Promise<{ readonly id: number; readonly defaultBranch: string }>;
  /** Whether a pull request comes from a fork; null: there is none of that number. */
  isFromFork(ref: PullRequestRef): Promise<boolean | null>;
}

export interface CiGate {
  /** Whose run it is. @throws {RequestRefusal} 401, 403 for a repository that is not allowed, 503. */
  admit(request: IncomingMessage): Promise<CiRun>;
  /** @throws {RequestRefusal} 403 with every reason why this run may not do that; the failures of GitHub. */
  permit(run: CiRun, purpose: CiPurpose): Promise<void>;
}

export interface CiGateDependencies {
  readonly verifyToken: VerifyToken;
  readonly isAllowed: (repository: string) => boolean;
  readonly workflowFiles: readonly string[] | null;
  readonly gitHub: CiGitHub;
}

export function createCiGate({ verifyToken, isAllowed, workflowFiles, gitHub }: CiGateDependencies): CiGate {
  return {
    admit: async (request) => {
      const run = await verifyToken(request.headers.authorization);
      if (isAllowed(run.repository)) return run;
      throw forbidden([`${run.repository} is not among the platform's repositories`]);
    },
    permit: async (run, purpose) => {
      const repository = await gitHub.readRepository(nameOf(run));
      const faults = faultsOfRun(run, purpose, { repository, workflowFiles });
      if (faults.length > 0) throw forbidden(faults);
      if (run.event !== 'pull_request' || !('number' in purpose)) return;
      // such a run executes what the pull request says, of a fork only where the repository lets it have a token
      const ref = { ...nameOf(run), number: purpose.number };
      const fromFork = await gitHub.isFromFork(ref);
      if (fromFork === null) throw forbidden([`there is no pull request ${formatRef(ref)}`]);
      if (fromFork)
        throw forbidden([
          `${formatRef(ref)} comes from a fork: use pull_request_target in place of pull_request`,
        ]);
    },
  };
}

/** Owner and name out of `owner/name`. */
export function nameOf({ repository }: Pick<CiRun, 'repository'>): { owner: string; repository: string } {
  const [owner = '', name = ''] = repository.split('/');
  return { owner, repository: name };
}

function forbidden(reasons: readonly string[]): RequestRefusal {
  return new RequestRefusal({ status: 403, code: 'forbidden' }, reasons.join('; '));
}
