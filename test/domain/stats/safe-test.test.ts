import { assert, constantFrom, double, integer, property, tuple } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { randomFor } from '../../../src/domain/generate/random.ts';
import { meanMoments } from '../../../src/domain/stats/moments.ts';
import { borne, nearestNull } from '../../../src/domain/stats/null-line.ts';
import { logEvidenceAbove, lowerRateBound } from '../../../src/domain/stats/rate-limit.ts';
import {
  type ArmName,
  defaultSafeTest,
  eValue,
  initialSafeTest,
  observeOutcomes,
  type SafeTest,
  type SafeTestState,
  safeP,
  showsHarm,
} from '../../../src/domain/stats/safe-test.ts';
import { sumsOf } from '../../../src/domain/stats/sums.ts';
import { expectClose, golden } from '../../support/golden-statistics.ts';

type Outcome = readonly [arm: ArmName, bad: boolean];

const fold = (test: SafeTest, outcomes: Iterable<Outcome>, from = initialSafeTest(test)): SafeTestState => {
  let state = from;
  for (const [arm, bad] of outcomes) state = observeOutcomes(test, state, { stage: 'a', arm, n: 1, events: bad ? 1 : 0 });
  return state;
};

const letters: Record<string, Outcome> = { c: ['control', false], C: ['control', true], t: ['treatment', false], T: ['treatment', true] };
const spell = (text: string): Outcome[] => [...text].flatMap((letter) => (letters[letter] === undefined ? [] : [letters[letter]]));

/** Outcomes as they come: the arm by a coin, bad with the arm's rate. */
function* stream(seed: number, rates: Record<ArmName, number>, share = 0.5): Generator<Outcome> {
  const random = randomFor(seed, 'outcomes', 0);
  while (true) {
    const arm = random.unit() < share ? 'treatment' : 'control';
    yield [arm, random.unit() < rates[arm]];
  }
}

/** How many outcomes it takes until harm is shown; infinity if it is not. */
function shownAfter(test: SafeTest, alpha: number, outcomes: Generator<Outcome>, most: number): number {
  let state = initialSafeTest(test);
  for (let n = 1; n <= most; n += 1) {
    const [arm, bad] = outcomes.next().value;
    state = observeOutcomes(test, state, { stage: 'a', arm, n: 1, events: bad ? 1 : 0 });
    if (showsHarm(state, alpha)) return n;
  }
  return Number.POSITIVE_INFINITY;
}

const median = (values: number[]): number => values.sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
const rate = double({ min: 0.001, max: 0.95, noNaN: true });

describe('the safe test of two rates', () => {
  it('agrees with the reference to 1e-9, with margins and without', () => {
    type Case = { test: SafeTest; outcomes: string; logEvidence: number[]; eValue: number };
    for (const [i, { test, outcomes, ...wanted }] of golden<Case>('safe-tests').entries()) {
      const state = fold(test, spell(outcomes));
      expectClose({ logEvidence: state.logEvidence, eValue: eValue(state) }, wanted, `${i}`, 1e-9, 1e-6);
    }
  });

  it('never expects to win under the null: each block multiplies the stake by 1 at most, whatever the rates', () => {
    const size = tuple(integer({ min: 1, max: 4 }), integer({ min: 1, max: 4 }));
    const margin = constantFrom({ relative: 0, absolute: 0 }, { relative: 0.5, absolute: 0 }, { relative: 0, absolute: 0.03 });
    assert(
      property(
        size,
        rate,
        rate,
        constantFrom(1.3, 2, 4, 9),
        margin,
        double({ min: 0, max: 1, noNaN: true }),
        ([c, t], control, q, odds, given, down) => {
          const treatment = Math.min(1, borne(given, control)) * down;
          const p = (odds * q) / (1 - q + odds * q);
          if (p <= borne(given, q)) return;
          const nearest = nearestNull({ control: q, treatment: p }, { control: c, treatment: t }, given);
          const mean = (n: number, truth: number, one: number, none: number) =>
            (truth * (one / none) + (1 - truth) * ((1 - one) / (1 - none))) ** n;
          const expected = mean(t, treatment, p, nearest.treatment) * mean(c, control, q, nearest.control);
          expect(expected).toBeLessThan(1 + 1e-9);
        },
      ),
      { numRuns: 2000, seed: 8 },
    );
  });

  it('is a supermartingale: with no harm its mean stays at 1 or below, looked at whenever', () => {
    const designs = [
      [0.5, 0.02],
      [0.1, 0.3],
    ] as const;
    for (const [share, bad] of designs) {
      const looks = [100, 400, 1000];
      const seen = Array.from({ length: 1000 }, (_, run) => {
        const outcomes = stream(run, { control: bad, treatment: bad }, share);
        let state = initialSafeTest(defaultSafeTest);
        return looks.map((look, i) => {
          const more = Array.from({ length: look - (looks[i - 1] ?? 0) }, () => outcomes.next().value as Outcome);
          state = fold(defaultSafeTest, more, state);
          // Capped, since a few huge e-values would hide the mean in noise; the mean of the capped ones may be 1 at most too.
          return Math.min(20, eValue(state));
        });
      });
      for (const i of looks.keys()) {
        const values = seen.map((run) => run[i] ?? 0);
        const { mean, variance } = meanMoments(sumsOf(values));
        expect(mean).toBeLessThan(1 + 3 * Math.sqrt(variance / values.length));
      }
    }
  });

  it('condemns a harmless feature in 5 % at most, though it looks after every one of 4,000 outcomes', () => {
    const runs = 400;
    const condemned = Array.from({ length: runs }, (_, seed) =>
      shownAfter(defaultSafeTest, 0.05, stream(seed, { control: 0.05, treatment: 0.05 }), 4000),
    );
    // 20 are allowed; three standard errors of such a count are 13, which a true rate below 5 % does not need.
    expect(condemned.filter(Number.isFinite).length).toBeLessThanOrEqual(20);
  });

  it('rolls back 1 % -> 5 % errors at 50 requests an arm and minute in a median of 8 minutes at most, with a quarter of alpha', () => {
    const minutes = (worse: number, alpha: number) =>
      median(
        Array.from({ length: 200 }, (_, seed) =>
          shownAfter(defaultSafeTest, alpha, stream(seed, { control: 0.01, treatment: worse }), 20_000),
        ),
      ) / 100;
    expect(minutes(0.05, 0.05 / 4)).toBeLessThan(8);
    expect(minutes(0.05, 0.05)).toBeLessThan(6);
    expect(minutes(0.1, 0.05)).toBeLessThan(2.5);
  });

  it('does not mind outcomes in batches: the same blocks give the same evidence', () => {
    const one = observeOutcomes(defaultSafeTest, initialSafeTest(defaultSafeTest), { stage: 'a', arm: 'control', n: 5, events: 1 });
    const batch = observeOutcomes(defaultSafeTest, one, { stage: 'a', arm: 'treatment', n: 5, events: 2 });
    expect(batch).toEqual(fold(defaultSafeTest, spell('CccccTTttt')));
  });

  it('keeps a state of one size, which survives being written down', () => {
    const [early, late] = [fold(defaultSafeTest, spell('CtcTctT')), fold(defaultSafeTest, spell('CtcTctT'.repeat(500)))];
    expect(JSON.stringify(late).length).toBeLessThan(JSON.stringify(early).length + 100);
    expect(JSON.parse(JSON.stringify(late))).toEqual(late);
  });

  it('does not mix stages: what is left of a block is dropped when the stage changes', () => {
    const state = fold(defaultSafeTest, spell('CCC'));
    const next = observeOutcomes(defaultSafeTest, state, { stage: 'b', arm: 'treatment', n: 5, events: 0 });
    expect(next.pending).toEqual({ control: { n: 0, events: 0 }, treatment: { n: 5, events: 0 } });
  });

  it('remembers that harm was shown', () => {
    const harmed = fold(defaultSafeTest, spell('ctcTcTcTcTcTcTcTcTcTcT'.repeat(6)));
    const later = fold(defaultSafeTest, spell('Ct'.repeat(500)), harmed);
    expect(eValue(later)).toBeLessThan(1);
    expect([showsHarm(later, 0.05), safeP(later) < 0.05]).toEqual([true, true]);
  });

  it('bears what its margin bears', () => {
    const tolerant = { ...defaultSafeTest, margin: { relative: 0, absolute: 0.02 } };
    const within = Array.from({ length: 100 }, (_, seed) =>
      shownAfter(tolerant, 0.05, stream(seed, { control: 0.03, treatment: 0.05 }), 6000),
    );
    expect(within.filter(Number.isFinite).length).toBeLessThanOrEqual(5);
    expect(shownAfter(tolerant, 0.05, stream(1, { control: 0.03, treatment: 0.15 }), 6000)).toBeLessThan(6000);
    const beyond = fold({ ...tolerant, margin: { relative: 0, absolute: 0.9 } }, spell('cTcTcTcTcTcTcT'));
    expect(eValue(beyond)).toBe(1);
  });

  it('is only as good as the independence of its outcomes: users who fail again and again need the guard for means', () => {
    const clustered = (seed: number): Generator<Outcome> =>
      (function* () {
        const random = randomFor(seed, 'clusters', 0);
        while (true) {
          const arm = random.unit() < 0.5 ? 'treatment' : 'control';
          const own = random.unit() < 0.05 ? 0.9 : 0.005;
          for (let i = 0; i < 20; i += 1) yield [arm, random.unit() < own] as const;
        }
      })();
    const condemned = Array.from({ length: 60 }, (_, seed) => shownAfter(defaultSafeTest, 0.05, clustered(seed), 4000)).filter(
      Number.isFinite,
    );
    expect(condemned.length).toBeGreaterThan(6);
  });
});

describe('the limit of a rate', () => {
  it('agrees with the reference', () => {
    type Case = { n: number; events: number; limit: number; alpha: number; logEvidence: number; lowerBound: number };
    for (const { limit, alpha, logEvidence, lowerBound, ...counts } of golden<Case>('rate-limits')) {
      expectClose(logEvidenceAbove(counts, limit), logEvidence, `evidence of ${JSON.stringify(counts)}`);
      expectClose(lowerRateBound(counts, alpha), lowerBound, `bound of ${JSON.stringify(counts)}`, 1e-6);
    }
  });

  it('is shown to be passed by the bound and not by the point estimate', () => {
    expect(lowerRateBound({ n: 20, events: 2 }, 0.05)).toBeLessThan(0.05);
    expect(lowerRateBound({ n: 2000, events: 200 }, 0.05)).toBeGreaterThan(0.05);
    expect([lowerRateBound({ n: 50, events: 0 }, 0.05), logEvidenceAbove({ n: 50, events: 2 }, 0.05)]).toEqual([0, -Infinity]);
  });

  it('is passed by mistake in 5 % at most, though it looks after every outcome', () => {
    const passed = Array.from({ length: 160 }, (_, seed) => {
      const random = randomFor(seed, 'limit', 0);
      let events = 0;
      for (let n = 1; n <= 1500; n += 1) {
        events += Number(random.unit() < 0.05);
        if (logEvidenceAbove({ n, events }, 0.05) >= Math.log(20)) return true;
      }
      return false;
    });
    expect(passed.filter(Boolean).length).toBeLessThanOrEqual(8);
  });
});
