import * as core from '@actions/core';
import { renderMemo } from '../../domain/reply.ts';
import { renderComment } from '../../domain/report.ts';
import type { PreviewReading } from '../preview-readings.ts';
import { say } from './log.ts';
import { outputsOf } from './outputs.ts';

/** Writes what is known of a preview into the step's outputs and the job's summary. */
export async function publish(reading: PreviewReading, workflowId: string): Promise<void> {
  for (const [name, value] of Object.entries(outputsOf(reading, workflowId))) core.setOutput(name, value);
  if (!process.env['GITHUB_STEP_SUMMARY']) return;
  try {
    const text = summaryOf(reading);
    if (text !== null) await core.summary.addRaw(text, true).write();
  } catch (error) {
    // no disk, or a worker of another version, whose status lacks something: neither says anything of the preview
    say(`The job's summary cannot be written: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** The comment's words; null where nothing is known. */
function summaryOf(reading: PreviewReading): string | null {
  switch (reading.kind) {
    case 'absent':
      return null;
    case 'silent':
      return renderMemo(reading.memo);
    case 'answered':
      return renderComment(reading.status);
  }
}
