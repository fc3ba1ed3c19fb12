/** The forecast against statsmodels (test/golden/forecast), and against series whose truth is known. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { backtest } from '../../src/domain/forecast/backtest.ts';
import { fitForecast, fitState } from '../../src/domain/forecast/fit.ts';
import { knownStateTotalVariance, knownStateVariance, predict } from '../../src/domain/forecast/predict.ts';
import { correlation, fieller } from '../../src/domain/forecast/ratio.ts';
import { continued, SEASON, type Smoothing, type State, smooth } from '../../src/domain/forecast/smooth.ts';
import { leastSquares, leverage } from '../../src/domain/forecast/squares.ts';
import { forecast } from '../../src/domain/forecast.ts';
import { randomFor } from '../../src/domain/generate/random.ts';

type Case = {
  series: number[];
  smoothing: Smoothing;
  first: State;
  errors: number[];
  forecasts: number[];
  relativeVariances: number[];
  bestSse: number;
};
const golden = JSON.parse(readFileSync(new URL('../golden/forecast/cases.json', import.meta.url), 'utf8')) as {
  horizon: number;
  cases: Case[];
};
const close = (found: readonly number[], expected: readonly number[]): void => {
  expect(found).toHaveLength(expected.length);
  for (const [i, value] of found.entries())
    expect(Math.abs(value - (expected[i] as number))).toBeLessThanOrEqual(1e-9 * Math.max(1, Math.abs(value)));
};

describe('Holt-Winters against statsmodels', () => {
  it.each(golden.cases.map((one, i) => [i, one] as const))('agrees on errors, forecasts and variances: case %i', (_, one) => {
    const { errors, last } = smooth(one.series, one.smoothing, one.first);
    close(errors, one.errors);
    close(continued(last, one.series.length, golden.horizon), one.forecasts);
    close(
      one.relativeVariances.map((_variance, i) => knownStateVariance(one.smoothing, i + 1)),
      one.relativeVariances,
    );
  });

  it.each(golden.cases.map((one, i) => [i, one] as const))('fits at least as well: case %i', (_, one) => {
    expect(fitForecast(one.series).sse).toBeLessThanOrEqual(one.bestSse * 1.0005);
  });
});

const random = (seed: number) => randomFor(seed, 'forecast', 0);
const weekly = [0, 10, 20, 30, 20, -30, -50];
const regular = (days: number): number[] => Array.from({ length: days }, (_, t) => 100 + 2 * t + (weekly[t % SEASON] as number));
const noisy = (days: number, seed: number, sigma = 5): number[] => {
  const { normal } = random(seed);
  return regular(days).map((value) => value + sigma * normal());
};

describe('a forecast', () => {
  it('of a series without chance is what comes, with intervals of no width', () => {
    const { points, standardErrors, total, totalStandardError } = predict(fitForecast(regular(28)), 90);
    const truth = regular(118).slice(28);
    for (const [i, point] of points.entries()) expect(point).toBeCloseTo(truth[i] as number, 6);
    expect(Math.max(...standardErrors, totalStandardError)).toBeLessThan(1e-6);
    expect(total).toBeCloseTo(
      truth.reduce((sum, value) => sum + value, 0),
      4,
    );
  });

  it('has total variances that are those of summed errors', () => {
    const smoothing = { alpha: 0.3, beta: 0.02, gamma: 0.1 };
    const { normal } = random(7);
    const nothing = { level: 0, trend: 0, season: weekly.map(() => 0) };
    // The process itself: every day is its forecast and an error, 4,000 times.
    const totals = Array.from({ length: 4_000 }, () => {
      let [state, total]: [State, number] = [nothing, 0];
      for (let t = 0; t < 14; t++) {
        const season = [...state.season];
        const error = normal();
        total += state.level + state.trend + (season[t % SEASON] as number) + error;
        season[t % SEASON] = (season[t % SEASON] as number) + smoothing.gamma * error;
        state = { level: state.level + state.trend + smoothing.alpha * error, trend: state.trend + smoothing.beta * error, season };
      }
      return total;
    });
    const variance = totals.reduce((sum, total) => sum + total * total, 0) / totals.length;
    expect(variance / knownStateTotalVariance(smoothing, 14)).toBeGreaterThan(0.93);
    expect(variance / knownStateTotalVariance(smoothing, 14)).toBeLessThan(1.07);
  });

  it('holds what comes in its intervals about as often as they say, also after few weeks', () => {
    for (const [days, horizon] of [
      [28, 7],
      [84, 28],
    ] as const) {
      let [inside, count] = [0, 0];
      for (let seed = 1; seed <= 40; seed++) {
        const all = noisy(days + horizon, seed);
        const { points, standardErrors, widthOf } = predict(fitForecast(all.slice(0, days)), horizon);
        points.forEach((point, i) => {
          inside += Number(Math.abs(point - (all[days + i] as number)) <= widthOf(0.95) * (standardErrors[i] as number));
          count += 1;
        });
      }
      expect(inside / count).toBeGreaterThan(0.88);
    }
  });

  it('adds what the initial state leaves open: few days make it wide', () => {
    const width = (days: number): number => {
      const { standardErrors, widthOf } = predict(fitState(noisy(days, 3), { alpha: 0, beta: 0, gamma: 0 }), 30);
      return widthOf(0.95) * (standardErrors[29] as number);
    };
    expect(width(16)).toBeGreaterThan(3 * width(112));
  });

  it('is tried on the past before it is believed', () => {
    const found = backtest(noisy(84, 5), 30);
    expect(found).toMatchObject({ horizon: 30, origins: 6, points: 180 });
    expect(found?.meanAbsoluteError).toBeLessThan(10);
    expect(found?.scaledError).toBeLessThan(1);
    expect(found?.totalErrorPercent).toBeLessThan(5);
    expect(found?.coverage95).toBeGreaterThan(80);
    expect(backtest(noisy(14, 5), 30)).toBeNull();
    expect(backtest(noisy(15, 5), 30)).toMatchObject({ origins: 1, horizon: 1, points: 1 });
    expect(
      backtest(
        Array.from({ length: 30 }, () => 5),
        7,
      ),
    ).toMatchObject({ meanAbsoluteError: expect.closeTo(0, 9), scaledError: null, coverage95: 100 });
    expect(
      backtest(
        Array.from({ length: 30 }, () => 0),
        7,
      ),
    ).toMatchObject({ totalErrorPercent: null });
  });
});

describe('the forecast of value, cost and ROI', () => {
  const cost = Array.from({ length: 56 }, () => 100);

  it('adds days up to totals and says what the ROI may be', () => {
    const found = forecast({ firstDay: '2026-01-01', valueUsd: noisy(56, 9), costUsd: cost }, 30);
    expect(found.days.map(({ day }) => day).slice(0, 1)).toEqual(['2026-02-26']);
    expect(found.days).toHaveLength(30);
    const sum = found.days.reduce((total, { valueUsd }) => total + valueUsd.expected, 0);
    expect(found.total.valueUsd.expected).toBeCloseTo(sum, 6);
    expect(found.total.costUsd.expected).toBeCloseTo(3_000, 6);
    expect(found.total.netUsd.expected).toBeCloseTo(sum - 3_000, 6);
    const roi = found.total.roiPercent;
    expect(roi?.expected).toBeCloseTo((sum / 3_000 - 1) * 100, 6);
    // With a certain cost the interval is that of the value.
    expect(roi?.interval95?.lower).toBeCloseTo((found.total.valueUsd.interval95.lower / 3_000 - 1) * 100, 4);
    expect(found.models.cost).toMatchObject({ standardErrorUsd: expect.closeTo(0, 6) });
    expect(found.historyDays).toBe(56);
  });

  it('is refused with fewer than two weeks, saying how many days there are', () => {
    const short = { firstDay: '2026-01-01', valueUsd: regular(13), costUsd: regular(13) };
    expect(() => forecast(short, 7)).toThrow(
      expect.objectContaining({ code: 'unprocessable', problems: [expect.objectContaining({ value: '13 whole days' })] }),
    );
    expect(forecast({ ...short, valueUsd: regular(14), costUsd: regular(14) }, 7).models.value.backtest).toBeNull();
  });

  it('has no ROI without a cost, and looks back half a year', () => {
    const free = { firstDay: '2025-01-01', valueUsd: noisy(365, 2), costUsd: Array.from({ length: 365 }, () => 0) };
    const found = forecast(free, 7);
    expect([found.total.roiPercent, found.historyDays, found.days[0]?.day]).toEqual([null, 182, '2026-01-01']);
  });
});

describe('Fieller’s interval', () => {
  it('holds the true ratio as often as it says, where value and cost go together', () => {
    const { normal } = random(11);
    let inside = 0;
    for (let i = 0; i < 2_000; i++) {
      const [shared, own] = [normal(), normal()];
      const value = { estimate: 500 + 40 * shared, standardError: 40 };
      const spent = { estimate: 100 + 10 * (0.6 * shared + 0.8 * own), standardError: 10 };
      const found = fieller(value, spent, 0.6, 1.959964);
      inside += Number(found !== null && found.lower <= 5 && found.upper >= 5);
    }
    expect(inside / 2_000).toBeGreaterThan(0.935);
    expect(inside / 2_000).toBeLessThan(0.965);
  });

  it('is none where the cost cannot be told from nothing', () => {
    expect(fieller({ estimate: 5, standardError: 1 }, { estimate: 1, standardError: 1 }, 0, 1.96)).toBeNull();
    expect(correlation([1, 2, 3], [2, 4, 6])).toBeCloseTo(1, 12);
    expect(correlation([1, 1, 1], [1, 2, 3])).toBe(0);
  });
});

describe('least squares', () => {
  it('solve what can be solved, and give the rest the coefficient 0', () => {
    const columns = [
      [1, 1, 1, 1],
      [0, 1, 2, 3],
    ];
    const { solution, triangle } = leastSquares(columns, [1, 3, 5, 7]);
    close(solution, [1, 2]);
    // (X'X)^-1 of [[4, 6], [6, 14]] is [[0.7, -0.3], [-0.3, 0.2]].
    expect(leverage(triangle, [1, 1])).toBeCloseTo(0.3, 12);
    close(
      leastSquares(
        [
          [1, 1],
          [0, 0],
        ],
        [2, 4],
      ).solution,
      [3, 0],
    );
  });
});
