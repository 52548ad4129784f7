import { formatRef } from '../../domain/pull-request.ts';
import { pageOf } from '../../domain/page.ts';
import type { PreviewStatus } from '../../domain/status.ts';
import type { FollowEnd, Goal } from '../follow.ts';

/** What a run of the action ends with. */
export interface Conclusion {
  /** `bad` fails the step, `different` is noted: it is not what was waited for, and no fault of anybody. */
  readonly kind: 'good' | 'different' | 'bad';
  readonly message: string;
  /** What is worth to be read in the job's log. */
  readonly status?: PreviewStatus;
}

export interface Waited {
  readonly goal: Goal;
  /** That the preview should serve. */
  readonly commit: string | null;
  /** Whether somebody asked for it by a command; else it followed from an event. */
  readonly commanded: boolean;
}

/** What it means for the run where the preview came to. */
export function conclude(end: FollowEnd, { goal, commit, commanded }: Waited): Conclusion {
  const { status } = end;
  const name = formatRef(status.ref);
  switch (end.kind) {
    case 'reached':
      return { kind: 'good', message: goal === 'served' ? served(status) : `${name}: ${status.reason}` };
    case 'superseded': {
      const [old, head] = [commit, status.commit].map((sha) => sha?.slice(0, 7) ?? '');
      return {
        kind: 'different',
        message: `${name}: ${old} is not its head any more, ${head} is; that has a run of its own`,
      };
    }
    case 'elsewhere': {
      const message = `${name}: ${end.reason}`;
      const failed = goal === 'served' && (status.phase === 'failed' || status.phase === 'update-failed');
      // a repository that GitHub does not show to the worker is nobody's intention
      if (failed || status.unread) return { kind: 'bad', message, status };
      // somebody has to look at the commit first: that may take days, and is meant
      if (status.phase === 'awaiting-approval') return { kind: 'different', message };
      return { kind: commanded ? 'bad' : 'different', message, status };
    }
  }
}

function served({ ref, liveCommit, services, deadline }: PreviewStatus): string {
  const page = pageOf(services);
  const until = deadline === null ? '' : `, until ${new Date(deadline).toISOString()}`;
  return `${formatRef(ref)} serves ${liveCommit ?? ''}${page === null ? '' : ` at ${page}`}${until}`;
}
