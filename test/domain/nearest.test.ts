import { describe, expect, it } from 'vitest';
import { didYouMean, nearest } from '../../domain/nearest.ts';

describe('the nearest name', () => {
  it.each([
    ['wsURL', ['wsUrl', 'apiBaseUrl'], 'wsUrl'],
    ['imgae', ['ingress', 'image', 'images'], 'image'],
    ['hosts', ['host', 'chart'], 'host'],
    ['pr.nubmer', ['pr.author', 'pr.number'], 'pr.number'],
    ['resource', ['resources', 'replicas'], 'resources'],
    ['ab', ['ac', 'ad'], 'ac'],
  ])('to %s among %j is %s', (word, candidates, expected) => {
    expect(nearest(word, candidates)).toBe(expected);
  });

  it.each([
    ['service', ['ingress', 'image']],
    ['x', []],
    ['', ['image']],
    ['completelyElse', ['env']],
  ])('to %j among %j is none', (word, candidates) => {
    expect(nearest(word, candidates)).toBeNull();
    expect(didYouMean(word, candidates)).toBe('');
  });
});
