import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { endsContaining, endsWithin, parseWindow } from '../../src/domain/window.ts';

const spec = fc
  .record({ hopMs: fc.integer({ min: 1, max: 120 }), times: fc.integer({ min: 1, max: 12 }) })
  .map(({ hopMs, times }) => ({ hopMs: hopMs * 1000, sizeMs: hopMs * times * 1000 }));
const time = fc.integer({ min: 0, max: 10_000_000 });

describe('windows', () => {
  it('come from their text', () => {
    expect(parseWindow('1m')).toEqual({ sizeMs: 60_000, hopMs: 60_000 });
    expect(parseWindow('5m/1m')).toEqual({ sizeMs: 300_000, hopMs: 60_000 });
    expect([parseWindow('5m/2m'), parseWindow('soon'), parseWindow('0s')]).toEqual([null, null, null]);
  });

  it('contain a moment from their start, inclusive, to their end, exclusive, size / hop of them', () => {
    fc.assert(
      fc.property(spec, time, (one, at) => {
        const ends = endsContaining(one, at);
        expect(ends).toHaveLength(one.sizeMs / one.hopMs);
        expect(ends.every((end) => end % one.hopMs === 0 && end - one.sizeMs <= at && at < end)).toBe(true);
      }),
    );
  });

  it('end in a stretch of time once each, however the stretch is cut', () => {
    fc.assert(
      fc.property(spec, fc.tuple(time, time, time), (one, cuts) => {
        const [from = 0, middle = 0, to = 0] = cuts.sort((a, b) => a - b);
        expect([...endsWithin(one, from, middle), ...endsWithin(one, middle, to)]).toEqual(endsWithin(one, from, to));
      }),
    );
  });
});
