import { describe, expect, it } from 'vitest';
import { outputsOf } from '../../../client/action/outputs.ts';
import { previewStatus, sha } from '../../domain/support.ts';
import { previewMemo } from '../support.ts';

const id = 'preview:example:videocall:7';
const deadline = Date.UTC(2026, 10, 29, 12);
const services = [
  { name: 'nats', url: null },
  { name: 'api', url: 'https://pr-7-api.preview.example' },
  { name: 'ui', url: 'https://pr-7.preview.example' },
];

describe('outputs', () => {
  it('say what is served, where, and until when', () => {
    const status = previewStatus({ services, deadline });
    expect(outputsOf({ kind: 'answered', run: 'open', status }, id)).toEqual({
      phase: 'ready',
      url: 'https://pr-7.preview.example',
      urls: '{"api":"https://pr-7-api.preview.example","ui":"https://pr-7.preview.example"}',
      commit: sha(1),
      deadline: '2026-11-29T12:00:00.000Z',
      'workflow-id': id,
    });
  });

  it('name the commit that goes on serving when an update failed', () => {
    const status = previewStatus({ phase: 'update-failed', commit: sha(2), services });
    expect(outputsOf({ kind: 'answered', run: 'open', status }, id)).toMatchObject({
      phase: 'update-failed',
      commit: sha(1),
      url: 'https://pr-7.preview.example',
    });
  });

  it('give no address before anything answers there', () => {
    const status = previewStatus({ phase: 'deploying', liveCommit: null, services });
    expect(outputsOf({ kind: 'answered', run: 'open', status }, id)).toEqual({
      phase: 'deploying',
      url: '',
      urls: '{}',
      commit: '',
      deadline: '',
      'workflow-id': id,
    });
  });

  it('are what Temporal keeps when no worker answers, and the workflow alone when nothing is kept', () => {
    const memo = previewMemo({ phase: 'queued', deadline: '2026-11-29T12:00:00.000Z' });
    const none = { url: '', urls: '{}', commit: '', 'workflow-id': id };
    expect(outputsOf({ kind: 'silent', run: 'open', memo }, id)).toEqual({
      ...none,
      phase: 'queued',
      deadline: '2026-11-29T12:00:00.000Z',
    });
    expect(outputsOf({ kind: 'silent', run: 'open', memo: null }, id)).toEqual({
      ...none,
      phase: '',
      deadline: '',
    });
    expect(outputsOf({ kind: 'absent' }, id)).toEqual({ ...none, phase: '', deadline: '' });
  });
});
