import { describe, expect, it } from 'vitest';
import { errorRateThreshold, minimumUnitsOf } from '../../src/domain/decision/classic.ts';
import { lookBound } from '../../src/domain/decision/looks.ts';
import { recommend } from '../../src/domain/decision/recommend.ts';
import type { DecisionInput, GuardrailPair, MetricPair } from '../../src/domain/decision.ts';
import { evenLooks } from '../../src/domain/stats/group-sequential.ts';
import { pairOf } from '../../src/domain/stats/pair.ts';

const pair = (n: number, control: number, treatment: number, variance = 1) =>
  pairOf({ n, mean: control, variance }, { n, mean: treatment, variance });

const goal = (n: number, control: number, treatment: number, better: MetricPair['better'] = 'higher', metric = 'value'): MetricPair => ({
  metric,
  better,
  pair: pair(n, control, treatment),
});

const guardrail = (treatment: number, n = 20_000): GuardrailPair => ({
  metric: 'api_latency_ms',
  better: 'lower',
  margin: { relative: 0.02, absolute: 0 },
  pair: pair(n, 10, treatment),
});

const input = (over: Partial<DecisionInput>): DecisionInput => ({
  policy: 'sequential',
  alpha: 0.05,
  tuningUnits: 5000,
  looks: null,
  stage: 'beta_25',
  minimumUnits: 30,
  goals: [goal(2000, 10, 10)],
  guardrails: [],
  splits: [{ units: [2000, 2000], weights: [1, 1] }],
  crossovers: null,
  triggers: [],
  ...over,
});

describe('the sequential policy', () => {
  it('rolls forward on success when every guardrail is shown to be within its margin', () => {
    const found = recommend(input({ goals: [goal(2000, 10, 10.5)], guardrails: [guardrail(10)] }));
    expect(found).toMatchObject({
      action: 'roll_forward',
      withheld: false,
      policy: 'sequential',
      policyVersion: 1,
      stage: 'beta_25',
      unitsNeeded: null,
    });
    expect(found.guardrails).toMatchObject([{ verdict: 'not_inferior' }]);
    expect(found.reasons[0]).toMatch(
      /^Success on a goal, by the always-valid test at 0.05. value: 10.5 in treatment against 10 in control, \+5 %/,
    );
    expect(found.reasons[1]).toBe('Guardrail api_latency_ms is not worse than its margin of 2 %: 10 in treatment against 10 in control.');
  });

  it('does not take "no evidence of harm" for harmless: with too few units for a guardrail it continues and says how many more', () => {
    const found = recommend(input({ goals: [goal(2000, 10, 10.5)], guardrails: [guardrail(10, 500)] }));
    expect(found).toMatchObject({ action: 'continue', guardrails: [{ verdict: 'undecided' }] });
    expect(found.unitsNeeded).toBeGreaterThan(100);
    expect(found.reasons[0]).toBe('A goal succeeded, but not every guardrail is shown to be within its margin.');
    expect(found.reasons[1]).toMatch(
      /^Needs about [\d,]+ more units in both arms together to show that api_latency_ms is within its margin \(power 80 %\)\.$/,
    );
  });

  it('rolls back a feature that harms a guardrail beyond its margin, though the goal succeeds', () => {
    const found = recommend(
      input({ goals: [goal(2000, 10, 10.5)], guardrails: [guardrail(11), { ...guardrail(10), metric: 'request_error' }] }),
    );
    expect(found.action).toBe('rollback');
    expect(found.reasons).toEqual(['Guardrail api_latency_ms is worse than its margin of 2 %: 11 in treatment against 10 in control.']);
  });

  it('rolls back on harm to a goal, whichever way is better', () => {
    expect(recommend(input({ goals: [goal(2000, 10, 9.5)] }))).toMatchObject({ action: 'rollback' });
    expect(recommend(input({ goals: [goal(2000, 10, 10.5, 'lower')] }))).toMatchObject({ action: 'rollback' });
    expect(recommend(input({ goals: [goal(2000, 10, 9.5, 'lower')] }))).toMatchObject({ action: 'roll_forward' });
  });

  it('continues where nothing is shown, and says what a lift of 5 % or the observed one takes', () => {
    const none = recommend(input({ goals: [goal(100, 10, 10.01)] }));
    expect(none.action).toBe('continue');
    expect(none.reasons[1]).toMatch(/to tell a lift of 5 % of value/);
    const some = recommend(input({ goals: [goal(30, 10, 10.6)] }));
    expect(some.reasons[1]).toMatch(/to tell the observed lift of 6 % of value/);
    const plenty = recommend(input({ goals: [goal(100_000, 10, 10.002)] }));
    expect(plenty.reasons[1]).toMatch(/to tell the observed lift of 0.02 % of value/);
    const never = recommend(input({ goals: [goal(100_000, 10, 10)] }));
    expect(never).toMatchObject({ unitsNeeded: null });
    expect(never.reasons[1]).toMatch(/^No number of units would do/);
  });

  it('does need about as many units as it says', () => {
    const before = recommend(input({ goals: [goal(200, 10, 10.2)], looks: null }));
    const enough = 200 + (before.unitsNeeded ?? 0) / 2;
    expect(recommend(input({ goals: [goal(enough * 1.01, 10, 10.2)] })).action).toBe('roll_forward');
    expect(recommend(input({ goals: [goal(enough / 2, 10, 10.2)] })).action).toBe('continue');
  });

  it('judges nothing below the minimum sample', () => {
    const found = recommend(input({ goals: [goal(20, 10, 15)] }));
    expect(found).toMatchObject({ action: 'continue', unitsNeeded: 20 });
    expect(found.reasons[0]).toBe('Too few units: each arm needs 30 before it is judged; needs about 20 more.');
  });

  it("corrects for several goals by Holm's procedure", () => {
    const alone = recommend(input({ goals: [goal(2000, 10, 10.105)] }));
    expect(alone.goals[0]?.sequentialPValue).toBeLessThan(0.05);
    expect(alone.action).toBe('roll_forward');
    const three = recommend(
      input({ goals: [goal(2000, 10, 10.105), goal(2000, 10, 10, 'higher', 'b'), goal(2000, 10, 10, 'higher', 'c')] }),
    );
    expect(three.action).toBe('continue');
    expect(three.goals[0]?.adjustedPValue).toBeCloseTo(3 * (alone.goals[0]?.sequentialPValue ?? 0), 12);
    expect(three.reasons[0]).toContain("0.05 after Holm's correction");
  });

  it('takes the bound of the look where looks were planned', () => {
    const looks = { planned: 5, information: evenLooks(5).slice(0, 3), spending: 'obrien_fleming' } as const;
    const found = recommend(input({ goals: [goal(2000, 10, 10.09)], looks }));
    expect(found.action).toBe('roll_forward');
    expect(found.reasons[0]).toContain("by O'Brien and Fleming's bound for look 3 of 5 at 0.05 (z of 2.68)");
    expect(recommend(input({ goals: [goal(2000, 10, 10.09)] })).action).toBe('continue');
    const second = { ...looks, information: evenLooks(5).slice(0, 2) };
    expect(recommend(input({ goals: [goal(2000, 10, 10.09)], looks: second })).action).toBe('continue');
    expect(recommend(input({ goals: [goal(2000, 10, 10)], looks: second })).unitsNeeded).toBe(null);
  });

  it('takes the strictest bound where it is not told which look it is', () => {
    const looks = { planned: 5, information: null, spending: 'pocock' } as const;
    expect(lookBound(looks, 0.05)).toBeCloseTo(2.438, 3);
    expect(recommend(input({ goals: [goal(2000, 10, 10.08)], looks })).reasons[0]).toContain("Pocock's bound for any of 5 looks");
    expect(lookBound({ ...looks, information: [] }, 0.05)).toBe(Infinity);
  });

  it('cannot test what does not vary, and says so', () => {
    const still: MetricPair = { metric: 'value', better: 'higher', pair: pair(100, 10, 11, 0) };
    const found = recommend(input({ goals: [still], guardrails: [{ ...guardrail(10), pair: pair(100, 10, 10, 0) }] }));
    expect(found).toMatchObject({ action: 'continue', goals: [{ pValueOfDifference: 1, sequentialPValue: 1, interval: null }] });
    expect(found.guardrails).toMatchObject([{ verdict: 'undecided', distance: null }]);
    expect(found.reasons[0]).toContain('Zero variance');
  });
});

describe('the classic policy', () => {
  const classic = (over: Partial<DecisionInput>) => recommend(input({ policy: 'classic', ...over }));

  it.each([
    ['p < 0.05 and lift above 5 %', goal(1000, 10, 10.6), 'roll_forward'],
    ['p < 0.05 and lift below -5 %', goal(1000, 10, 9.4), 'rollback'],
    ['p < 0.05 and lift between', goal(1000, 10, 10.4), 'continue'],
    ['p < 0.05 and lift of 5 % exactly', goal(1000, 100, 105), 'continue'],
    ['p >= 0.05 and lift above 5 %', goal(1000, 0.1, 0.11), 'continue'],
    ['a response time that falls by more than 5 %', goal(1000, 10, 9.4, 'lower'), 'roll_forward'],
    ['churn that rises by more than 5 %', goal(1000, 10, 10.6, 'lower'), 'rollback'],
    ['29 units in each arm', goal(29, 10, 20), 'continue'],
    ['30 units in each arm', goal(30, 10, 20), 'roll_forward'],
    ['a loss that shrinks', goal(1000, -10, -9), 'roll_forward'],
    ['a loss that grows', goal(1000, -10, -11), 'rollback'],
  ] as const)('with %s says what the matrix says', (_, one, action) => {
    const found = classic({ goals: [one] });
    expect(found.action).toBe(action);
    expect(found.policy).toBe('classic');
    expect(found.reasons.at(-1)).toContain('on the difference');
  });

  it('rolls back at once when the error rate or the latency is over its threshold, whatever the rest says', () => {
    const triggers = [
      { name: 'the error rate', value: 5.2, threshold: 5, unit: ' %' },
      { name: 'latency', value: 90, threshold: 100, unit: ' ms' },
    ];
    const found = classic({ goals: [goal(10, 10, 20)], triggers });
    expect(found).toMatchObject({
      action: 'rollback',
      reasons: ['Rolled back at once: the error rate is 5.2 %, over its threshold of 5 %.'],
    });
    expect(classic({ triggers: [{ name: 'the error rate', value: 5, threshold: 5, unit: ' %' }] }).action).toBe('continue');
  });

  it('has the minimum samples and thresholds of the guide', () => {
    expect(['response_time_seconds', 'match_satisfaction_score', 'churned', 'training_hours', 'anything'].map(minimumUnitsOf)).toEqual([
      30, 50, 100, 20, 30,
    ]);
    expect([errorRateThreshold('churn_prevention'), errorRateThreshold('realtime_intelligence')]).toEqual([0.03, 0.05]);
  });

  it('says what is missing, and what cannot be judged', () => {
    expect(classic({ goals: [goal(20, 10, 20)] })).toMatchObject({ unitsNeeded: 20 });
    expect(classic({ goals: [{ ...goal(100, 10, 20), pair: pair(100, 10, 20, 0) }] }).reasons[0]).toContain('Zero variance');
    expect(classic({ goals: [goal(100, 10, 10.01)] }).reasons[0]).toContain('Not significant');
  });
});

describe('the gate before every policy', () => {
  it.each(['sequential', 'classic'] as const)('withholds on a sample-ratio mismatch and says so: %s', (policy) => {
    const found = recommend(input({ policy, goals: [goal(2000, 10, 12)], splits: [{ units: [2000, 2300], weights: [1, 1] }] }));
    expect(found).toMatchObject({ action: 'continue', withheld: true });
    expect(found.reasons[0]).toMatch(
      /^Withheld: sample-ratio mismatch, p < 0.0001: 2,000 units in control and 2,300 in treatment do not fit weights of 1 : 1\./,
    );
  });

  it('tests stages by their own weights', () => {
    const splits = [
      { units: [900, 100], weights: [0.9, 0.1] },
      { units: [500, 500], weights: [0.5, 0.5] },
    ];
    expect(recommend(input({ splits })).withheld).toBe(false);
    expect(
      recommend(input({ splits: [splits[0] ?? { units: [], weights: [] }, { units: [500, 700], weights: [1, 1] }] })).reasons[0],
    ).toContain('the weights of the stages');
  });

  it('stays open at p = 0.003', () => {
    expect(recommend(input({ splits: [{ units: [5000, 5300], weights: [1, 1] }] }))).toMatchObject({ withheld: false });
  });

  it('withholds from 1 % of units in two variants on', () => {
    expect(recommend(input({ crossovers: { units: 40, of: 4000 } })).reasons[0]).toContain(
      'Withheld: 1 % of the units were seen in two variants',
    );
    expect(recommend(input({ crossovers: { units: 39, of: 4000 } })).withheld).toBe(false);
    expect(recommend(input({ crossovers: { units: 0, of: 0 } })).withheld).toBe(false);
  });
});
