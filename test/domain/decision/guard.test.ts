import { describe, expect, it } from 'vitest';
import {
  type GuardPlan,
  type Guardrail,
  type GuardState,
  initialGuard,
  type Outcome,
  observeGuard,
} from '../../../src/domain/decision/guard.ts';
import { alphasOf, judgeGuard } from '../../../src/domain/decision/guard-verdict.ts';
import { randomFor } from '../../../src/domain/generate/random.ts';
import { bucketOfUnit } from '../../../src/domain/stats/buckets.ts';
import { noMargin } from '../../../src/domain/stats/margin.ts';

const rail = (over: Partial<Guardrail>): Guardrail => ({
  id: 'errors',
  kind: 'rate',
  better: 'lower',
  margin: noMargin,
  limit: null,
  weight: 1,
  ...over,
});
const planOf = (...guardrails: Guardrail[]): GuardPlan => ({ alpha: 0.05, guardrails, buckets: 64, tuningUnits: 5000 });

/** `units` users of each arm with one value each; `draw` says what a user of an arm is like. */
function watch(
  plan: GuardPlan,
  units: number,
  draw: (arm: Outcome['arm'], random: ReturnType<typeof randomFor>) => number,
  n = 1,
): GuardState {
  const random = randomFor(1, 'guard', 0);
  let state = initialGuard(plan);
  for (let i = 0; i < units * 2; i += 1) {
    const arm = i % 2 === 0 ? 'control' : 'treatment';
    const bucket = bucketOfUnit(`unit-${i}`, plan.buckets);
    for (const { id } of plan.guardrails)
      state = observeGuard(plan, state, { guardrail: id, stage: 'beta_10', arm, bucket, n, sum: n * draw(arm, random) });
  }
  return state;
}

describe('a guard', () => {
  it('splits alpha over its guardrails by their weights, and within one between control and limit', () => {
    const [errors, churn] = [rail({ weight: 3, limit: 0.05 }), rail({ id: 'churned' })];
    const plan = planOf(errors, churn);
    expect(alphasOf(plan, errors).control).toBeCloseTo(0.05 * 0.75 * 0.9, 12);
    expect(alphasOf(plan, errors).limit).toBeCloseTo(0.05 * 0.75 * 0.1, 12);
    expect(alphasOf(plan, churn)).toEqual({ control: 0.0125, limit: 0.0125 });
  });

  it('rolls back a higher error rate, with effect, interval, e-value and n', () => {
    const plan = planOf(rail({}));
    const { rollback, harms } = judgeGuard(
      plan,
      watch(plan, 600, (arm, random) => Number(random.unit() < (arm === 'control' ? 0.01 : 0.08))),
    );
    expect(rollback).toBe(true);
    const [harm] = harms;
    expect(harm).toMatchObject({ guardrail: 'errors', test: 'control', control: { n: 600 }, treatment: { n: 600 }, alpha: 0.05 });
    expect(harm?.eValue).toBeGreaterThan(20);
    expect(harm?.interval?.[0]).toBeLessThan(harm?.effect ?? 0);
    expect(harm?.reason).toMatch(
      /^Guardrail errors is broken: [\d.]+ % of 600 in treatment against [\d.]+ % of 600 in control; e-value [\d,.]+, 20 was asked for\.$/,
    );
  });

  it('rolls back a rate that should be high and fell, and says the rate as it is', () => {
    const plan = planOf(rail({ id: 'converted', better: 'higher', limit: 0.5 }));
    const { harms } = judgeGuard(
      plan,
      watch(plan, 500, (arm, random) => Number(random.unit() < (arm === 'control' ? 0.7 : 0.3))),
    );
    expect(harms.map(({ test }) => test)).toEqual(['control', 'limit']);
    expect(harms[0]?.treatment.mean).toBeCloseTo(0.3, 1);
    expect(harms[1]?.reason).toMatch(/is beyond its limit of 50 %: .* at most/);
  });

  it('judges a hard limit by the bound and not by the estimate', () => {
    const plan = planOf(rail({ margin: null, limit: 0.05 }));
    const few = watch(plan, 20, (_, random) => Number(random.unit() < 0.15));
    expect(judgeGuard(plan, few)).toEqual({ rollback: false, harms: [] });
    const many = watch(plan, 1000, (_, random) => Number(random.unit() < 0.15));
    expect(judgeGuard(plan, many).harms).toMatchObject([{ test: 'limit', guardrail: 'errors' }]);
    expect(judgeGuard(plan, initialGuard(plan)).rollback).toBe(false);
  });

  it('rolls back a slower feature, against control and against its limit', () => {
    const plan = planOf(rail({ id: 'latency', kind: 'mean', limit: 100, margin: { relative: 0.1, absolute: 0 } }));
    const state = watch(plan, 1500, (arm, random) => (arm === 'control' ? 80 : 125) * Math.exp(0.4 * random.normal()), 20);
    const { harms } = judgeGuard(plan, state);
    expect(harms.map(({ test }) => test)).toEqual(['control', 'limit']);
    expect(harms[0]?.reason).toMatch(
      /^Guardrail latency is broken: 13\d.* in treatment against 8\d.* in control \(30,000 and 30,000 values\), worse than its margin by at least [\d.]+ with confidence/,
    );
    expect(harms[1]?.effect).toBeGreaterThan(20);
    expect(harms[1]?.pValue).toBeLessThan(0.005);
  });

  it('bears a drop within the margin, and not one beyond it', () => {
    const plan = planOf(rail({ id: 'value', kind: 'mean', better: 'higher', margin: { relative: 0.1, absolute: 0 } }));
    const drop = (factor: number) =>
      judgeGuard(
        plan,
        watch(plan, 3000, (arm, random) => (arm === 'control' ? 10 : 10 * factor) * Math.exp(0.3 * random.normal())),
      ).rollback;
    expect([drop(1), drop(0.93), drop(0.8)]).toEqual([false, false, true]);
  });

  it('holds an absolute limit from below for what should be high', () => {
    const plan = planOf(rail({ id: 'satisfaction', kind: 'mean', better: 'higher', margin: null, limit: 80 }));
    expect(
      judgeGuard(
        plan,
        watch(plan, 500, (_, random) => 70 + random.normal()),
      ).harms,
    ).toMatchObject([{ test: 'limit' }]);
    expect(
      judgeGuard(
        plan,
        watch(plan, 500, (_, random) => 85 + random.normal()),
      ).rollback,
    ).toBe(false);
  });

  it('has a state of plain data, of one size however many units there are', () => {
    const plan = planOf(rail({}), rail({ id: 'latency', kind: 'mean' }));
    const [few, many] = [100, 4000].map((units) => watch(plan, units, (_, random) => Math.round(random.unit())));
    expect(JSON.parse(JSON.stringify(many))).toEqual(many);
    expect(JSON.stringify(many).length).toBeLessThan(4000);
    expect(JSON.stringify(many).length).toBeLessThan(2 * JSON.stringify(few).length);
    expect(judgeGuard(plan, JSON.parse(JSON.stringify(many)) as GuardState)).toEqual(judgeGuard(plan, many ?? {}));
  });

  it('does not change the state that it was given', () => {
    const plan = planOf(rail({}), rail({ id: 'latency', kind: 'mean' }));
    const before = watch(plan, 10, () => 1);
    const copy = structuredClone(before);
    for (const guardrail of ['errors', 'latency'])
      observeGuard(plan, before, { guardrail, stage: 'ga', arm: 'control', bucket: 1, n: 5, sum: 2 });
    expect(before).toEqual(copy);
  });

  it('ignores outcomes of guardrails that it does not know, and takes up ones that were added to the plan', () => {
    const plan = planOf(rail({}));
    const outcome: Outcome = { guardrail: 'latency', stage: 'ga', arm: 'control', bucket: 0, n: 1, sum: 1 };
    expect(observeGuard(plan, initialGuard(plan), outcome)).toEqual(initialGuard(plan));
    const grown = planOf(rail({}), rail({ id: 'latency', kind: 'mean' }));
    expect(Object.keys(observeGuard(grown, initialGuard(plan), outcome))).toEqual(['errors', 'latency']);
    expect(judgeGuard(grown, initialGuard(plan)).rollback).toBe(false);
  });
});
