import { describe, expect, it } from 'vitest';
import { loadConfig } from '../../src/config.ts';
import { reaches, type SetTarget, targetInForce, targetProblems } from '../../src/domain/target-choice.ts';
import { defaultTarget, targetMetricNames } from '../../src/domain/target-metrics.ts';

const config = loadConfig({});
const set = (changes: Partial<SetTarget>): SetTarget => ({
  metric: 'roi_percent',
  tenantId: '',
  featureId: '',
  effectiveFrom: '2026-01-01',
  version: 1,
  target: 800,
  warning: null,
  critical: null,
  ...changes,
});
const inForce = (rows: SetTarget[], where: Partial<{ tenantId: string; featureId: string; day: string }> = {}) =>
  targetInForce(rows, 'roi_percent', { tenantId: '', featureId: '', day: '2026-03-01', ...where }, config)?.target;

describe('a target', () => {
  it('is the first document’s until somebody sets another, TARGET_… over it', () => {
    const table = Object.fromEntries(
      targetMetricNames.map((metric) => {
        const found = defaultTarget(metric, '', config);
        return [metric, found && [found.target, found.excellent, found.warning, found.critical]];
      }),
    );
    expect(table).toEqual({
      roi_percent: [710, 710, 500, 200],
      websocket_latency_ms: [50, null, 100, 200],
      ml_inference_latency_ms: [35, null, 70, 100],
      vision_analysis_latency_ms: [1500, null, 2000, 3000],
      coaching_analysis_latency_ms: [2000, null, 3000, 5000],
      error_rate_percent: [1, null, 2, 5],
      uptime_percent: [99.9, null, 99.5, 99],
      adoption_percent: [80, null, 60, 40],
      annual_value_usd: [265_000, 440_000, null, null],
      response_time_seconds: [30, null, null, null],
      match_satisfaction_score: [93, null, null, null],
      churn_rate_percent: [20, null, null, null],
      session_duration_minutes: [20, null, null, null],
    });
    expect(defaultTarget('roi_percent', '', { ...config, targetRoiPercent: 600 })?.target).toBe(600);
    expect(defaultTarget('annual_value_usd', 'ai_coaching', config)).toMatchObject({ target: 60_000, excellent: 90_000 });
    expect(defaultTarget('annual_value_usd', 'something_else', config)).toBeNull();
    expect(defaultTarget('response_time_seconds', 'ai_coaching', config)).toBeNull();
  });

  it('is in force from its day on, until a later one is', () => {
    const rows = [set({}), set({ effectiveFrom: '2026-04-01', target: 900 })];
    expect(['2025-12-31', '2026-01-01', '2026-03-31', '2026-04-01'].map((day) => inForce(rows, { day }))).toEqual([710, 800, 800, 900]);
  });

  it('of a tenant goes before that of a feature, and both before everyone’s', () => {
    const rows = [set({}), set({ featureId: 'ai_coaching', target: 810 }), set({ tenantId: 'acme', target: 820 })];
    const both = set({ tenantId: 'acme', featureId: 'ai_coaching', target: 830 });
    expect(inForce(rows)).toBe(800);
    expect(inForce(rows, { featureId: 'ai_coaching' })).toBe(810);
    expect(inForce(rows, { tenantId: 'acme', featureId: 'ai_coaching' })).toBe(820);
    expect(inForce([...rows, both], { tenantId: 'acme', featureId: 'ai_coaching' })).toBe(830);
    expect(inForce(rows, { tenantId: 'globex' })).toBe(800);
  });

  it('counts by its highest version, and is no more when that withdraws it', () => {
    expect(inForce([set({ version: 2, target: 750 }), set({})])).toBe(750);
    expect(inForce([set({}), set({ version: 2, target: null })])).toBe(710);
    expect(
      inForce([set({}), set({ effectiveFrom: '2026-02-01', target: 1 }), set({ effectiveFrom: '2026-02-01', version: 2, target: null })]),
    ).toBe(800);
    expect(targetInForce([], 'annual_value_usd', { tenantId: '', featureId: 'x', day: '2026-01-01' }, config)).toBeNull();
  });

  it('has lines that lie one behind the other', () => {
    expect(targetProblems('roi_percent', { target: 710, warning: 500, critical: 200 })).toEqual([]);
    expect(targetProblems('error_rate_percent', { target: 1, warning: null, critical: 5 })).toEqual([]);
    expect(targetProblems('roi_percent', { target: 710, warning: 800, critical: null })).toMatchObject([
      { field: 'warning', expected: 'at most the target, 710: higher is better' },
    ]);
    expect(targetProblems('error_rate_percent', { target: 1, warning: 2, critical: 1.5 })).toMatchObject([{ field: 'critical' }]);
    expect(targetProblems('roi_percent', { target: Number.NaN, warning: null, critical: null })).toMatchObject([{ field: 'target' }]);
    expect([reaches('roi_percent', 710, 710), reaches('error_rate_percent', 1, 1), reaches('error_rate_percent', 1.1, 1)]).toEqual([
      true,
      true,
      false,
    ]);
  });
});
