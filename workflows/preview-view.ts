import { setCurrentDetails, upsertMemo, upsertSearchAttributes } from '@temporalio/workflow';
import type { PreviewState } from '../domain/preview.ts';
import { statusOf } from '../domain/preview-status.ts';
import { renderDetails } from '../domain/report.ts';
import type { PreviewMemo } from '../domain/search-attributes.ts';
import type { PreviewStatus } from '../domain/status.ts';
import { previewDeadline, previewPhase, previewPr, previewRepo, previewSha } from './search-attributes.ts';

/** What Temporal Web UI, lists and readers without a worker see: each is written when what it holds has changed. */
export function createPreviewView(): { readonly update: (state: PreviewState) => void } {
  let shown: PreviewState | null = null;
  const remembered = ifChanged();
  const indexed = ifChanged();
  return {
    update: (state) => {
      if (state === shown) return;
      shown = state;
      const status = statusOf(state);
      setCurrentDetails(renderDetails(status));
      const memo = memoOf(state, status);
      // its reason changes with every word of a cleanup; what readers go by does not
      remembered({ ...memo, reason: '' }, () => upsertMemo({ preview: memo }));
      const { phase, commit, deadline } = memo;
      indexed({ phase, commit, deadline }, () =>
        upsertSearchAttributes([
          { key: previewRepo, value: `${state.ref.owner}/${state.ref.repository}`.toLowerCase() },
          { key: previewPr, value: state.ref.number },
          { key: previewSha, value: commit },
          { key: previewPhase, value: phase },
          { key: previewDeadline, value: deadline === null ? null : new Date(deadline) },
        ]),
      );
    },
  };
}

function memoOf(state: PreviewState, status: PreviewStatus): PreviewMemo {
  return {
    phase: status.phase,
    reason: status.reason.slice(0, 300),
    commit: status.liveCommit ?? status.commit,
    hosts: status.services.flatMap(({ url }) => (url === null ? [] : [url])),
    deadline: status.deadline === null ? null : new Date(status.deadline).toISOString(),
    warned: status.warned !== null,
    queue: status.queue,
    head: status.commit,
    holds: state.holds,
    wantsPlace: state.place.askedAt !== null,
    pullRequest: state.pullRequest?.state ?? 'unknown',
  };
}

/** Runs `write` when the value is another than the last time. */
function ifChanged(): (value: object, write: () => void) => void {
  let last = '';
  return (value, write) => {
    const now = JSON.stringify(value);
    if (now === last) return;
    last = now;
    write();
  };
}
