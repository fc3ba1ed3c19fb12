import { describe, expect, it } from 'vitest';
import { sparkline } from '../../src/domain/sparkline.ts';

describe('a sparkline', () => {
  it('has one bar for each value, from the lowest to the highest', () => {
    expect(sparkline([0, 1, 2, 3, 4, 5, 6, 7])).toBe('▁▂▃▄▅▆▇█');
    expect(sparkline([7, 0])).toBe('█▁');
  });

  it('leaves a gap for what is not known', () => {
    expect(sparkline([1, null, 2, Number.NaN])).toBe('▁ █ ');
    expect(sparkline([null, null])).toBe('  ');
    expect(sparkline([])).toBe('');
  });

  it('stays low where nothing changes', () => {
    expect(sparkline([5, 5, 5])).toBe('▁▁▁');
  });

  it('begins where it is told to, so that a steady value is not at the bottom', () => {
    expect(sparkline([4, 4], { from: 0 })).toBe('██');
    expect(sparkline([2, 4], { from: 0 })).toBe('▅█');
  });

  it('averages neighbours where there are more values than room', () => {
    expect(sparkline([0, 0, 7, 7], { width: 2 })).toBe('▁█');
    expect(sparkline([0, null, null, 7, 7, 7], { width: 3 })).toBe('▁██');
  });
});
