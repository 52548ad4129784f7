import type { IncomingMessage } from 'node:http';
import type { CiPurpose, CiRun } from '../../domain/ci-run.ts';
import { faultsOfRun, originNeeded } from '../../domain/ci-run.ts';
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
  /** Whether a pull request comes from a fork, and into which branch it shall go; null: there is none of that number. */
  readOrigin(ref: PullRequestRef): Promise<Origin | null>;
}

interface Origin {
  readonly fromFork: boolean;
  readonly baseBranch: string;
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
  const readOrigin = async (ref: PullRequestRef): Promise<Origin> => {
    const origin = await gitHub.readOrigin(ref);
    if (origin === null) throw forbidden([`there is no pull request ${formatRef(ref)}`]);
    return origin;
  };
  return {
    admit: async (request) => {
      const run = await verifyToken(request.headers.authorization);
      if (isAllowed(run.repository)) return run;
      throw forbidden([`${run.repository} is not among the platform's repositories`]);
    },
    permit: async (run, purpose) => {
      const repository = await gitHub.readRepository(nameOf(run));
      const number = originNeeded(run, purpose, repository);
      const ref = number === null ? null : { ...nameOf(run), number };
      const origin = ref === null ? null : await readOrigin(ref);
      const baseBranch = origin?.baseBranch ?? null;
      const faults = faultsOfRun(run, purpose, { repository, workflowFiles, baseBranch });
      if (faults.length > 0) throw forbidden(faults);
      // such a run executes what the pull request says, of a fork only where the repository lets it have a token
      if (ref !== null && run.event === 'pull_request' && origin?.fromFork)
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
