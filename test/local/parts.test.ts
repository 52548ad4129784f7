import { describe, expect, it } from 'vitest';
import { defaultParts, partNames, parts, withDependents, withNeeds } from '../../local/parts.ts';
import type { Part } from '../../local/stack.ts';

describe('parts', () => {
  it('start after all that they need', () => {
    expect(withNeeds(['ingress'])).toEqual(['registry', 'cluster', 'ingress']);
    for (const name of partNames) {
      const order = withNeeds([name]);
      for (const part of order) {
        for (const need of parts[part].needs) expect(order.indexOf(need)).toBeLessThan(order.indexOf(part));
      }
    }
  });

  it('are started once, however often they are needed', () => {
    expect(withNeeds(['cluster', 'ingress', 'cluster', 'registry'])).toEqual([
      'registry',
      'cluster',
      'ingress',
    ]);
  });

  it('that the user has are left out, with what only they need', () => {
    const replaced = new Set<Part>(['cluster', 'ingress', 'kwok']);
    expect(withNeeds(['cluster', 'ingress', 'postgres'], replaced)).toEqual(['postgres']);
  });

  it('take those with them that cannot go on without them', () => {
    expect(withDependents(['cluster'])).toEqual(expect.arrayContaining(['cluster', 'ingress', 'kwok']));
    expect(withDependents(['cluster'])).not.toContain('registry');
    expect(withDependents(['temporal'])).not.toContain('cluster');
  });

  it('of the default stack simulate nothing', () => {
    expect(defaultParts).not.toContain('kwok');
  });
});
