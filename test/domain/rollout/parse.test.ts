import { describe, expect, it } from 'vitest';
import { ImpactError } from '../../../src/domain/errors.ts';
import { planOf } from '../../support/rollouts.ts';

function problemsOf(document: object, flag: object = {}): Record<string, string> {
  try {
    planOf(document, flag);
  } catch (error) {
    if (error instanceof ImpactError) return Object.fromEntries(error.problems.map(({ field, expected }) => [field, expected]));
    throw error;
  }
  return {};
}

describe('a plan', () => {
  it('is the guide’s path where nothing is said', () => {
    const { steps, approval, policy, metrics, alpha } = planOf();
    expect([approval, policy, metrics, alpha]).toEqual(['manual', 'sequential', ['productivity_score'], 0.05]);
    expect(steps.map(({ stage, minimumDays, maximumDays, gates }) => [stage, minimumDays, maximumDays, gates])).toEqual([
      ['internal', 1, null, []],
      ['beta_10', 7, 14, []],
      ['beta_25', 7, null, ['roi_positive', 'significance']],
      ['beta_50', 7, null, ['metrics_stable']],
      ['ga', 0, null, ['roi_meets_target']],
    ]);
  });

  it('asks for as many units as the guide does of the metric', () => {
    const least = (id: string): number => planOf({}, { id }).steps[1]?.minimumUnitsPerArm ?? -1;
    expect(['realtime_intelligence', 'property_intelligence', 'churn_prevention', 'ai_coaching'].map(least)).toEqual([30, 50, 100, 30]);
  });

  it('takes stages alone, and what is said of a step', () => {
    const { steps } = planOf({ steps: ['beta_10', { stage: 'ga', gates: ['significance', 'roi_positive'], minimumUnitsPerArm: 5 }] });
    expect(steps).toMatchObject([
      { stage: 'beta_10', minimumDays: 7 },
      { stage: 'ga', gates: ['roi_positive', 'significance'] },
    ]);
    expect(planOf({ steps: [{ stage: 'beta_10', minimumDays: 20 }] }).steps[0]?.maximumDays).toBeNull();
  });

  it('is refused with everything that is wrong with it', () => {
    const steps = [{ stage: 'beta_11', minimumDays: -1, gates: ['luck'], colour: 1 }, 7];
    const problems = problemsOf({ approval: 'maybe', alpha: 2, metrics: 'x', steps, when: 1, flagId: 'other', featureId: 'other' });
    expect(Object.keys(problems).sort()).toEqual(
      [
        'alpha',
        'approval',
        'featureId',
        'flagId',
        'metrics',
        'steps[0].colour',
        'steps[0].gates',
        'steps[0].minimumDays',
        'steps[0].stage',
        'steps[1].stage',
        'when',
      ].sort(),
    );
    expect(problemsOf({ steps: 'all' })).toMatchObject({ steps: expect.stringContaining('a list of stages') });
    expect(problemsOf([] as object)).toMatchObject({ '': 'an object' });
    expect(problemsOf({ steps: [{ stage: 'ga', gates: 'roi_positive' }] })).toHaveProperty('steps[0].gates');
    expect(problemsOf({ steps: [{ stage: 'beta_10', minimumDays: 7, maximumDays: 3 }] })).toHaveProperty('steps[0].maximumDays');
  });

  it('goes through the stages in their order, each once', () => {
    expect(problemsOf({ steps: [] })).toHaveProperty('steps');
    expect(problemsOf({ steps: ['beta_25', { stage: 'beta_10', gates: [] }] })).toEqual({ 'steps[1].stage': 'a stage after beta_25' });
    expect(problemsOf({ steps: ['disabled'] })).toHaveProperty('steps[0].stage');
  });

  it('asks for evidence only where there can be any', () => {
    expect(problemsOf({ steps: ['internal', { stage: 'beta_10', gates: ['significance'] }] })).toHaveProperty('steps[1].gates');
    expect(problemsOf({}, { id: 'my_feature' })).toHaveProperty('metrics');
    expect(problemsOf({ metrics: ['order_value'] }, { id: 'my_feature' })).toEqual({});
    expect(problemsOf({}, { id: 'my_feature', metadata: { guardMetrics: 'order_value' } })).toEqual({});
  });

  it('names metrics as an analysis does', () => {
    expect(problemsOf({ metrics: ['Order Value'], guardrails: ['refunds@5', 'refunds@many'] })).toMatchObject({
      'metrics[0]': expect.any(String),
      'guardrails[1]': expect.stringContaining('refunds@5'),
    });
  });

  it('has no percentages where nothing could be given to anybody', () => {
    const alone = { variants: [{ name: 'on', value: true }], defaultVariant: 'on' };
    expect(Object.keys(problemsOf({}, alone))).toEqual(['steps[1].stage', 'steps[2].stage', 'steps[3].stage']);
  });
});
