import { describe, expect, it } from 'vitest';
import { type EndSample, lagOf, waitingSeconds, withSample } from '../../src/domain/lag.ts';

describe('lag', () => {
  it('is what lies between the committed offset and the end', () => {
    expect(lagOf(40, 0, 100, false)).toBe(60);
  });

  it('counts from the first record that is still there when nothing was committed, or when retention removed what was', () => {
    expect(lagOf(null, 30, 100, false)).toBe(70);
    expect(lagOf(10, 30, 100, false)).toBe(70);
  });

  it('is never negative, even when the end was read before the commit', () => {
    expect(lagOf(101, 0, 100, false)).toBe(0);
  });

  it('does not count the marker behind the last transaction, but counts a record and its marker', () => {
    expect(lagOf(99, 0, 100, true)).toBe(0);
    expect(lagOf(98, 0, 100, true)).toBe(2);
    expect(lagOf(99, 0, 100, false)).toBe(1);
  });
});

describe('how long the oldest record waits', () => {
  const samples: EndSample[] = [
    { at: 0, end: 100 },
    { at: 5_000, end: 150 },
    { at: 10_000, end: 150 },
    { at: 15_000, end: 200 },
  ];

  it('runs from the first sample that saw a record which is not committed yet', () => {
    expect(waitingSeconds(samples, 149, 51, 15_000)).toBe(10);
    expect(waitingSeconds(samples, 150, 50, 15_000)).toBe(0);
    expect(waitingSeconds(samples, 150, 50, 18_000)).toBe(3);
  });

  it('is at least the age of all samples for an older record, and unknown without samples', () => {
    expect(waitingSeconds(samples, 20, 180, 15_000)).toBe(15);
    expect(waitingSeconds([], 20, 180, 15_000)).toBeNull();
  });

  it('is zero without lag', () => {
    expect(waitingSeconds(samples, 200, 0, 15_000)).toBe(0);
  });
});

describe('samples', () => {
  it('are kept for an hour', () => {
    const many = Array.from({ length: 1_000 }, (_, index) => ({ at: index, end: index }));
    const kept = many.reduce<EndSample[]>(withSample, []);
    expect(kept).toHaveLength(720);
    expect(kept.at(-1)).toEqual({ at: 999, end: 999 });
  });

  it('begin anew with a topic that was made anew', () => {
    expect(withSample([{ at: 0, end: 500 }], { at: 1, end: 3 })).toEqual([{ at: 1, end: 3 }]);
  });
});
