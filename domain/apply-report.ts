import type { PreviewState } from './preview.ts';

/** What becomes of telling people. */
export type ReportEvent =
  | { readonly kind: 'report-started' }
  | { readonly kind: 'reported' }
  /** Without an instant to try again the revision is given up: GitHub refuses it for good. */
  | { readonly kind: 'report-failed'; readonly againAt: number | null };

/** What it changes of the state. */
export function applyReportEvent(
  { report, running }: PreviewState,
  event: ReportEvent,
): Pick<PreviewState, 'report' | 'running'> {
  const told = Math.max(report.reported, running.report ?? 0);
  const ended = { ...running, report: null };
  switch (event.kind) {
    case 'report-started':
      return { report: { ...report, againAt: null }, running: { ...running, report: report.revision } };
    case 'reported':
      return { report: { ...report, reported: told, spoken: true }, running: ended };
    case 'report-failed': {
      const { againAt } = event;
      const reported = againAt === null ? told : report.reported;
      return { report: { ...report, againAt, reported }, running: ended };
    }
  }
}
