import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Breaker, closedBreaker, failed, passed, probingBreaker } from '../../src/domain/breaker.ts';

const limits = { share: 0.05, sample: 200, run: 100 };
const many = (breaker: Breaker, count: number): Breaker => Array.from({ length: count }).reduce<Breaker>((b) => failed(b, limits), breaker);

describe('the breaker', () => {
  it('trips at the hundredth fault in a row, not before', () => {
    expect(many(closedBreaker(), 99).open).toBe(false);
    expect(many(closedBreaker(), 100).open).toBe(true);
    expect(many(passed(many(closedBreaker(), 99), 1, limits), 1).run).toBe(1);
  });

  it('trips over five percent of at least two hundred', () => {
    const tenIn199 = passed(many(closedBreaker(), 10), 189, limits);
    expect(tenIn199.open).toBe(false);
    expect(failed(tenIn199, limits).open).toBe(true);
    expect(failed(passed(many(closedBreaker(), 9), 190, limits), limits).open).toBe(false);
  });

  it('forgets faults of long ago', () => {
    const old = passed(many(closedBreaker(), 10), 100_000, limits);
    expect(many(old, 10).open).toBe(false);
  });

  it('trips at once while probing, until a sample without a fault has passed', () => {
    expect(failed(probingBreaker(), limits).open).toBe(true);
    expect(failed(passed(probingBreaker(), 199, limits), limits).open).toBe(true);
    expect(failed(passed(probingBreaker(), 200, limits), limits).open).toBe(false);
  });

  it('never trips without a fault, and stays open once it has', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 500 })), (counts) => {
        expect(counts.reduce((b, count) => passed(b, count, limits), closedBreaker()).open).toBe(false);
        expect(counts.reduce((b, count) => passed(b, count, limits), many(closedBreaker(), 100)).open).toBe(true);
      }),
    );
  });
});
