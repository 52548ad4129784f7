import { expect, test } from 'vitest';
import { startsByItself } from '../../domain/start.ts';

const pull = { draft: false, labels: ['Preview', 'bug'] };

test.each([
  { trigger: 'auto', label: 'preview', of: { ...pull, labels: [] }, starts: true },
  { trigger: 'auto', label: 'preview', of: { ...pull, draft: true }, starts: false },
  { trigger: 'command', label: 'preview', of: pull, starts: false },
  { trigger: 'label', label: 'preview', of: pull, starts: true },
  { trigger: 'label', label: 'deploy', of: pull, starts: false },
  { trigger: 'label', label: 'preview', of: { ...pull, draft: true }, starts: false },
] as const)('trigger $trigger, label $label: $of starts by itself: $starts', ({ of, starts, ...policy }) => {
  expect(startsByItself(policy, of)).toBe(starts);
});
