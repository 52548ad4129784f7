import { pageOf } from '../../domain/page.ts';
import type { PreviewReading } from '../preview-readings.ts';

/** What later steps read, by name; empty where nothing is known. */
export type Outputs = Readonly<
  Record<'phase' | 'url' | 'urls' | 'commit' | 'deadline' | 'workflow-id', string>
>;

/**
 * Outputs of the action. Addresses and commit are those of what is served, so that a test which uses them never
 * meets an address that nothing answers at.
 */
export function outputsOf(reading: PreviewReading, workflowId: string): Outputs {
  const none = { phase: '', url: '', urls: '{}', commit: '', deadline: '', 'workflow-id': workflowId };
  switch (reading.kind) {
    case 'absent':
      return none;
    case 'silent':
      return { ...none, phase: reading.memo?.phase ?? '', deadline: reading.memo?.deadline ?? '' };
    case 'answered': {
      const { phase, deadline, liveCommit, services } = reading.status;
      const until = deadline === null ? '' : new Date(deadline).toISOString();
      if (liveCommit === null) return { ...none, phase, deadline: until };
      const urls = services.flatMap(({ name, url }) => (url === null ? [] : [[name, url] as const]));
      return {
        ...none,
        phase,
        url: pageOf(services) ?? '',
        urls: JSON.stringify(Object.fromEntries(urls)),
        commit: liveCommit,
        deadline: until,
      };
    }
  }
}
