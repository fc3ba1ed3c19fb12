/**
 * Made-up rollouts through the real decision code. The number of runs keeps this within seconds; IMPACT_SIMULATION_RUNS=500 takes two minutes and tells
 * more. Everything is seeded: the same runs give the same result.
 */
import { describe, expect, it } from 'vitest';
import { initialGuard, observeGuard } from '../../../src/domain/decision/guard.ts';
import { judgeGuard } from '../../../src/domain/decision/guard-verdict.ts';
import { randomFor } from '../../../src/domain/generate/random.ts';
import { type FirstAct, type Judged, plan } from '../../support/rollout-judged.ts';
import { rollouts } from '../../support/rollout-runs.ts';
import type { ControlDesign } from '../../support/rollout-world.ts';

/** Rollouts for each of the two designs of the control group. */
const RUNS = Number(process.env['IMPACT_SIMULATION_RUNS'] ?? 50);
const SLOW = 60_000 + RUNS * 2_000;
const LIMIT = 0.055;

const share = (of: readonly Judged[], happened: (one: Judged) => boolean): number => of.filter(happened).length / of.length;
/** 95 % of counts of a rate are within this. */
const margin = (rate: number, runs: number): number => 1.96 * Math.sqrt((rate * (1 - rate)) / runs);
const said = (rate: number, runs: number): string =>
  `${(100 * rate).toFixed(1)} % ± ${(100 * margin(Math.max(rate, 1 / runs), runs)).toFixed(1)}`;

const did = (act: FirstAct, action: 'rollback' | 'roll_forward'): boolean => act?.action === action;

const rules: [name: string, (one: Judged) => boolean, (one: Judged) => boolean][] = [
  ['guard, hourly', ({ guardHour }) => guardHour !== null, () => false],
  [
    'guard + sequential, daily',
    (one) => one.guardHour !== null || did(one.sequential, 'rollback'),
    (one) => did(one.sequential, 'roll_forward'),
  ],
  ['30 planned looks', (one) => did(one.planned, 'rollback'), (one) => did(one.planned, 'roll_forward')],
  ['classic, daily', (one) => did(one.classicDaily, 'rollback'), (one) => did(one.classicDaily, 'roll_forward')],
  ['classic, hourly', (one) => did(one.classicHourly, 'rollback'), (one) => did(one.classicHourly, 'roll_forward')],
];

function table(title: string, judged: readonly Judged[]): string {
  const lines = rules.map(([name, back, forward]) => {
    const [b, f] = [share(judged, back), share(judged, forward)].map((rate) => said(rate, judged.length).padStart(16));
    return `  ${name.padEnd(26)} rolls back ${b}   rolls forward ${f}`;
  });
  return [`${title}: ${judged.length} harmless rollouts`, ...lines].join('\n');
}

describe('harmless rollouts of 30 days, 10 -> 25 -> 50 % with a drifting baseline, four guardrails without any margin', () => {
  const judgeAll = (design: ControlDesign): Promise<Judged[]> => rollouts({ design, runs: RUNS, value: 1, policies: true });

  it(
    'are rolled back or forward in 5.5 % at most, whoever looks how often; the classic policy is not so',
    async () => {
      const [equal, others] = await Promise.all([judgeAll('equal'), judgeAll('everyone_else')]);
      console.log(`${table('Control as large as treatment', equal)}\n${table('Everyone else as control', others)}`);
      const all = [...equal, ...others];
      expect(share(all, ({ guardHour }) => guardHour !== null)).toBeLessThanOrEqual(LIMIT);
      expect(share(all, (one) => one.guardHour !== null || did(one.sequential, 'rollback'))).toBeLessThanOrEqual(LIMIT);
      expect(share(all, ({ sequential }) => did(sequential, 'roll_forward'))).toBeLessThanOrEqual(LIMIT);
      expect(share(all, ({ planned }) => did(planned, 'roll_forward'))).toBeLessThanOrEqual(LIMIT);
      expect(share(equal, ({ classicHourly }) => classicHourly !== null)).toBeGreaterThan(0.2);
      expect(share(others, ({ classicDaily }) => classicDaily !== null)).toBeGreaterThan(0.8);
    },
    SLOW,
  );
});

describe('harmful rollouts', () => {
  it(
    'that cost 40 % of the goal are caught in every run',
    async () => {
      const runs = Math.ceil(RUNS / 3);
      const both = await Promise.all(
        (['equal', 'everyone_else'] as const).map((design) => rollouts({ design, runs, value: 0.6, policies: false })),
      );
      const hours = both.flatMap((judged) => judged.map(({ guardHour }) => guardHour ?? Number.POSITIVE_INFINITY)).sort((x, y) => x - y);
      const caught = hours.filter(Number.isFinite).length;
      console.log(
        `-40 % of the goal is rolled back in ${caught} of ${hours.length}, after ${hours[hours.length >> 1]} h (median), ${hours.at(-1)} h at most`,
      );
      expect(caught).toBe(hours.length);
    },
    SLOW,
  );

  /** Minutes until the guard of four guardrails rolls back, at 50 requests an arm and minute; it looks every second. */
  function minutesToRollback(seed: number, errorRate: number): number {
    const random = randomFor(seed, 'errors', 0);
    let state = initialGuard(plan);
    for (let request = 1; request <= 20_000; request += 1) {
      const arm = request % 2 === 0 ? 'control' : 'treatment';
      const sum = Number(random.unit() < (arm === 'control' ? 0.01 : errorRate));
      state = observeGuard(plan, state, { guardrail: 'request_error', stage: 'beta_10', arm, bucket: request % plan.buckets, n: 1, sum });
      if (request % 2 === 0 && judgeGuard(plan, state).rollback) return request / 100;
    }
    return Number.POSITIVE_INFINITY;
  }

  it('whose error rate rises from 1 % to 5 % are rolled back in a median of 8 minutes at most', () => {
    const median = (rate: number): number =>
      Array.from({ length: 101 }, (_, seed) => minutesToRollback(seed, rate)).sort((a, b) => a - b)[50] ?? Number.NaN;
    const [five, ten] = [median(0.05), median(0.1)];
    console.log(
      `Errors 1 % -> 5 %: rolled back after ${five.toFixed(1)} min; 1 % -> 10 %: ${ten.toFixed(1)} min (medians of 101, four guardrails)`,
    );
    expect(five).toBeLessThanOrEqual(8);
    expect(ten).toBeLessThanOrEqual(3);
  });
});
