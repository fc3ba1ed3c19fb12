import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  formatTraceparent,
  isSampled,
  MOST_LINKS,
  parseTraceparent,
  sampledLinks,
  traceContextOf,
} from '../../src/domain/trace-context.ts';

const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
const spanId = '00f067aa0ba902b7';
const valid = `00-${traceId}-${spanId}-01`;

describe('a trace context', () => {
  it('names its trace, its span and whether it is recorded', () => {
    expect(parseTraceparent(valid)).toEqual({ traceId, spanId, flags: 1 });
    expect(isSampled({ traceparent: valid })).toBe(true);
    expect(isSampled({ traceparent: `00-${traceId}-${spanId}-02` })).toBe(false);
    expect(isSampled({ traceparent: 'nonsense' })).toBe(false);
  });

  it('is read from a later version too, which may say more', () => {
    expect(parseTraceparent(`cc-${traceId}-${spanId}-03-what-comes`)).toEqual({ traceId, spanId, flags: 3 });
  });

  it.each([
    ['nothing', ''],
    ['the forbidden version', `ff-${traceId}-${spanId}-01`],
    ['more than version 00 has', `${valid}-more`],
    ['a later version that goes on without a dash', `cc-${traceId}-${spanId}-01more`],
    ['capital digits', valid.toUpperCase()],
    ['no trace', `00-${'0'.repeat(32)}-${spanId}-01`],
    ['no span', `00-${traceId}-${'0'.repeat(16)}-01`],
    ['one digit too few', valid.slice(1)],
    ['a header that came twice', `${valid}, ${valid}`],
    ['a line feed behind it', `${valid}\n`],
  ])('is absent where there is %s', (_, text) => {
    expect(parseTraceparent(text)).toBeNull();
    expect(traceContextOf(text, 'a=b')).toBeNull();
  });

  it('is absent where the text is none', () => {
    for (const text of [undefined, null, 1, [valid], { toString: () => valid }]) expect(traceContextOf(text)).toBeNull();
  });

  it('takes a valid tracestate along and leaves any other behind', () => {
    expect(traceContextOf(valid, 'rojo=00f067aa0ba902b7,congo=t61rcWkgMzE')).toEqual({
      traceparent: valid,
      tracestate: 'rojo=00f067aa0ba902b7,congo=t61rcWkgMzE',
    });
    const members = Array.from({ length: 33 }, (_, i) => `k${i}=v`).join(',');
    for (const state of [undefined, '', 'a=\u0000', 'a=ü', `a=${'b'.repeat(512)}`, members, 7])
      expect(traceContextOf(valid, state)).toEqual({ traceparent: valid });
  });

  it('survives being written and read', () => {
    const hex = (length: number) =>
      fc.array(fc.constantFrom(...'0123456789abcdef'), { minLength: length, maxLength: length }).map((digits) => digits.join(''));
    fc.assert(
      fc.property(hex(31), hex(15), fc.integer({ min: 0, max: 255 }), (trace, span, flags) => {
        const identity = { traceId: `1${trace}`, spanId: `2${span}`, flags };
        expect(parseTraceparent(formatTraceparent(identity))).toEqual(identity);
      }),
    );
  });

  it('is linked to once, if it is recorded, and not beyond a few', () => {
    const contexts = Array.from({ length: 2 * MOST_LINKS }, (_, i) => ({
      traceparent: `00-${traceId}-${String(i + 1).padStart(16, '0')}-${i % 2 === 0 ? '01' : '00'}`,
    }));
    expect(sampledLinks([null, contexts[0] ?? null, ...contexts])).toEqual(contexts.filter((_, i) => i % 2 === 0));
    expect(sampledLinks([...contexts, ...contexts].map((_, i) => ({ traceparent: `00-${traceId}-${i + 1e15}-01` })))).toHaveLength(
      MOST_LINKS,
    );
  });
});
