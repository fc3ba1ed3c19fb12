import { describe, expect, it } from 'vitest';
import { sampleOf } from '../../../src/domain/experiment/sample.ts';

describe('quantiles of much', () => {
  it('are those of all units up to two million measurements', () => {
    expect([0, 1, 2_000_000].map((measurements) => sampleOf(measurements))).toEqual([1, 1, 1]);
  });

  it('are beyond those of every second, fourth, eighth unit, whose measurements are between one and two million', () => {
    expect([2_000_001, 4_000_000, 4_000_001, 10_000_000].map((measurements) => sampleOf(measurements))).toEqual([2, 2, 4, 8]);
    for (let measurements = 2_000_001; measurements < 1e12; measurements = Math.ceil(measurements * 1.37)) {
      const looked = measurements / sampleOf(measurements);
      expect(looked).toBeGreaterThan(1_000_000);
      expect(looked).toBeLessThanOrEqual(2_000_000);
    }
  });
});
