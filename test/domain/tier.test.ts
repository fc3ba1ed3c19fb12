import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { coarsestTier, cover, expired, tierMs } from '../../src/domain/tier.ts';

const at = (text: string): number => Date.parse(text);
const minute = fc.integer({ min: 0, max: 40_000 }).map((n) => Date.UTC(2026, 0, 1) + n * tierMs['1m']);

describe('the tier that answers', () => {
  it('is the coarsest whose buckets lie across no edge', () => {
    expect(coarsestTier([at('2026-01-01T00:00:00Z'), at('2026-01-02T00:00:00Z')])).toBe('1d');
    expect(coarsestTier([at('2026-01-01T05:00:00Z'), at('2026-01-02T05:00:00Z')])).toBe('1h');
    expect(coarsestTier([at('2026-01-01T18:30:00Z'), at('2026-01-02T18:30:00Z')])).toBe('1m');
  });

  it('covers a range without gap or overlap, in whole buckets, with the fewest of them', () => {
    fc.assert(
      fc.property(minute, minute, (one, other) => {
        const [from, to] = [Math.min(one, other), Math.max(one, other)];
        const ranges = cover(from, to);
        expect(ranges.reduce((end, range) => (range.from === end ? range.to : Number.NaN), from)).toBe(to);
        for (const range of ranges) expect([range.from % tierMs[range.tier], range.to % tierMs[range.tier]]).toEqual([0, 0]);
        for (const { tier, from: start, to: end } of ranges) if (tier === '1m') expect(end - start).toBeLessThan(2 * tierMs['1h']);
      }),
    );
  });

  it('covers a day of half-hour offset with minutes at its ends only', () => {
    expect(cover(at('2026-01-10T18:30:00Z'), at('2026-01-11T18:30:00Z')).map(({ tier, from, to }) => [tier, (to - from) / 60_000])).toEqual(
      [
        ['1m', 30],
        ['1h', 23 * 60],
        ['1m', 30],
      ],
    );
  });

  it('says from when on a range is kept', () => {
    const now = at('2026-06-01T00:00:00Z');
    const kept = { '1m': 90, '1h': 730, '1d': null };
    const old = { tier: '1m', from: at('2026-01-01T00:30:00Z'), to: at('2026-01-01T00:40:00Z') } as const;
    expect(expired([old], kept, now)).toEqual({ range: old, keptFrom: now - 90 * 86_400_000 - 3_600_000 });
    expect(expired([{ ...old, tier: '1d', from: 0 }], kept, now)).toBeNull();
  });
});
