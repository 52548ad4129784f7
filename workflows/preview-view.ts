import { setCurrentDetails, upsertMemo, upsertSearchAttributes } from '@temporalio/workflow';
import type { PreviewState } from '../domain/preview.ts';
import { statusOf } from '../domain/preview-status.ts';
import { renderDetails } from '../domain/report.ts';
import type { PreviewMemo } from '../domain/search-attributes.ts';
import { previewDeadline, previewPhase, previewPr, previewRepo, previewSha } from './search-attributes.ts';

/** What Temporal Web UI and lists show: details on every change, attributes and memo once per change of what they hold. */
export function createPreviewView(): { readonly update: (state: PreviewState) => void } {
  let shown: PreviewState | null = null;
  let indexed = '';
  return {
    update: (state) => {
      if (state === shown) return;
      shown = state;
      const status = statusOf(state);
      setCurrentDetails(renderDetails(status));
      const memo: PreviewMemo = {
        phase: status.phase,
        reason: status.reason.slice(0, 300),
        commit: status.liveCommit ?? status.commit,
        hosts: status.services.flatMap(({ url }) => (url === null ? [] : [url])),
        deadline: status.deadline === null ? null : new Date(status.deadline).toISOString(),
        warned: status.warned,
        head: status.commit,
        holds: state.holds,
        pullRequest: state.pullRequest?.state ?? 'unknown',
        queue: status.queue,
      };
      const key = JSON.stringify([
        memo.phase,
        memo.commit,
        memo.head,
        memo.deadline,
        memo.warned,
        memo.queue,
      ]);
      if (key === indexed) return;
      indexed = key;
      upsertSearchAttributes([
        { key: previewRepo, value: `${state.ref.owner}/${state.ref.repository}`.toLowerCase() },
        { key: previewPr, value: state.ref.number },
        { key: previewSha, value: memo.commit },
        { key: previewPhase, value: memo.phase },
        { key: previewDeadline, value: status.deadline === null ? null : new Date(status.deadline) },
      ]);
      upsertMemo({ preview: memo });
    },
  };
}
