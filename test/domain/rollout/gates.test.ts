import { describe, expect, it } from 'vitest';
import { describeGates, type Gate, gatesBefore, type Situation } from '../../../src/domain/rollout/gates.ts';
import type { RolloutStep } from '../../../src/domain/rollout.ts';
import { DAY, experiment, goal, planOf, START, situation, stateAt, value } from '../../support/rollouts.ts';

const asking = (...gates: RolloutStep['gates']): RolloutStep => ({
  stage: 'ga',
  gates,
  minimumDays: 0,
  maximumDays: null,
  minimumUnitsPerArm: 0,
});
function gate(name: Gate['gate'], changes: Partial<Situation> = {}): Gate {
  const wanted = name === 'minimum_duration' || name === 'minimum_sample' || name === 'no_harm' ? asking() : asking(name);
  return gatesBefore(wanted, situation(changes)).find((one) => one.gate === name) as Gate;
}
const nothing = { experiment: null, value: null };

describe('a gate', () => {
  it('holds a stage for its days', () => {
    expect(gate('minimum_duration', { now: START + 6.9 * DAY })).toMatchObject({ met: false, says: '6.9 of 7 days at beta_10' });
    expect(gate('minimum_duration', { now: START + 7 * DAY })).toMatchObject({ met: true, figures: { days: 7, minimumDays: 7 } });
  });

  it('wants units in both arms', () => {
    const units = { control: 30, treatment: 29 };
    expect(gate('minimum_sample', { evidence: { experiment: experiment({ units }), value: null } })).toMatchObject({ met: false });
    expect(gate('minimum_sample', { evidence: nothing })).toMatchObject({ met: false, figures: { control: 0 } });
    expect(gate('minimum_sample')).toMatchObject({ met: true, figures: { control: 500, treatment: 500, minimumUnitsPerArm: 30 } });
  });

  it('lets nothing pass that does harm, or that cannot be judged', () => {
    expect(gate('no_harm')).toMatchObject({ met: true });
    expect(gate('no_harm', { evidence: nothing })).toMatchObject({ met: true });
    const harmful = { experiment: experiment({ action: 'rollback', reasons: ['Harm to a goal.'] }), value: null };
    expect(gate('no_harm', { evidence: harmful })).toMatchObject({ met: false, says: 'Harm to a goal.' });
    const broken = { experiment: experiment({ withheld: true, action: 'continue', reasons: ['Withheld.'] }), value: null };
    expect(gate('no_harm', { evidence: broken })).toMatchObject({ met: false, says: 'Withheld.' });
  });

  it('does not judge where nobody is drawn', () => {
    const gates = gatesBefore(asking(), situation({ state: stateAt({ stage: 'internal' }) }));
    expect(gates.map(({ gate: name }) => name)).toEqual(['minimum_duration']);
    expect(gatesBefore(asking(), situation({ state: stateAt({ stage: 'disabled' }) }))).toEqual([]);
  });

  it.each([
    ['better and p below alpha', goal(), true],
    ['better, not significant', goal({ pValue: 0.05 }), false],
    ['worse and significant', goal({ effect: -3, pValue: 0.0001 }), false],
    ['lower where lower is better', goal({ effect: -3, better: 'lower', lift: null, interval: null }), true],
  ])('of significance: %s', (_, shown, met) => {
    const found = gate('significance', { evidence: { experiment: experiment({ goals: [shown] }), value: null } });
    expect([found.met, found.figures['pValue'], found.figures['alpha']]).toEqual([met, shown.pValue, 0.05]);
  });

  it('of significance shows the clearest goal, and none of a broken experiment', () => {
    const goals = [
      goal({ metric: 'a', pValue: 0.3 }),
      goal({ metric: 'b', effect: -1, pValue: 0.001 }),
      goal({ metric: 'c', pValue: 0.02 }),
    ];
    expect(gate('significance', { evidence: { experiment: experiment({ goals }), value: null } })).toMatchObject({
      met: true,
      figures: { metric: 'c' },
    });
    expect(gate('significance', { evidence: { experiment: experiment({ withheld: true }), value: null } }).met).toBe(false);
    expect(gate('significance', { evidence: nothing })).toMatchObject({ met: false, figures: {} });
  });

  it('of stability wants every metric shown to be within its margin', () => {
    const of = (...verdicts: ('not_inferior' | 'undecided' | 'inferior')[]) => {
      const guardrails = verdicts.map((verdict, i) => ({ metric: `m${i}`, verdict, n: 10 }));
      return gate('metrics_stable', { evidence: { experiment: experiment({ guardrails }), value: null } });
    };
    expect(of('not_inferior', 'not_inferior')).toMatchObject({ met: true, figures: { stable: 2, undecided: 0, worse: 0 } });
    expect(of('not_inferior', 'undecided')).toMatchObject({ met: false, says: 'm1 is not yet shown to be within its margin' });
    expect(of('inferior')).toMatchObject({ met: false, says: 'm0 is worse than its margin' });
    expect(of()).toMatchObject({ met: false, says: 'nothing is measured yet' });
  });

  it('of return wants more than was spent', () => {
    const of = (changes: object) => gate('roi_positive', { evidence: { experiment: null, value: value(changes) } });
    expect(of({})).toMatchObject({ met: true, says: '$5,000 more than control for $500 of cost, ROI 900 %' });
    expect(of({ incrementalUsd: 500 }).met).toBe(false);
    expect(of({ incrementalUsd: -20, costUsd: 0, roiPercent: null })).toMatchObject({
      met: false,
      says: '-$20 more than control for $0 of cost',
    });
    expect(gate('roi_positive', { evidence: nothing }).met).toBe(false);
  });

  it('of the target goes by dollars a year, else by percent', () => {
    const of = (changes: object, roiTargetUsd: number | null) =>
      gate('roi_meets_target', { evidence: { experiment: null, value: value(changes) }, limits: { roiTargetUsd, roiTargetPercent: 710 } });
    expect(of({}, 120_000)).toMatchObject({ met: true, says: '$120,000 a year if everybody had it, of $120,000' });
    expect(of({}, 120_001).met).toBe(false);
    expect(of({ roiPercent: 709 }, null)).toMatchObject({ met: false, figures: { roiPercent: 709, roiTargetPercent: 710 } });
    expect(of({ roiPercent: 710 }, null).met).toBe(true);
    expect(of({ roiPercent: null, costUsd: 0 }, null)).toMatchObject({ met: true, says: 'no cost is known' });
    expect(gate('roi_meets_target', { evidence: nothing }).met).toBe(false);
  });

  it('says what it is about', () => {
    const gates = gatesBefore(planOf().steps[2] as RolloutStep, situation({ now: START + DAY }));
    expect(describeGates(gates)).toMatch(
      /^minimum duration: 1 of 7 days at beta_10; minimum sample: 500 .*; roi positive: .*; significance: /,
    );
  });
});
