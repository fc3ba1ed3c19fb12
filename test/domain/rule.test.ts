import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { durationText, parseDuration } from '../../src/domain/duration.ts';
import { parseRule, parseRules, type Rule, ruleDocument } from '../../src/domain/rule.ts';

const minimal = { id: 'x', title: 'X', metric: 'request_error', window: '5m', comparison: 'above', warning: 2 };
const problemsOf = (document: unknown, windows: number[] = []) => {
  const parsed = parseRule(document, windows);
  return parsed.ok ? [] : parsed.problems.map(({ field }) => field);
};

describe('durations', () => {
  it('come back from their text', () => {
    fc.assert(fc.property(fc.nat({ max: 3e9 }), (ms) => parseDuration(durationText(ms)) === ms));
    expect([durationText(300_000), durationText(0), durationText(86_400_000), durationText(1500)]).toEqual(['5m', '0s', '1d', '1500ms']);
    expect(parseDuration('five minutes')).toBeNull();
  });
});

describe('a rule', () => {
  it('gets defaults for what it leaves out', () => {
    const parsed = parseRule(minimal);
    expect(parsed).toMatchObject({
      ok: true,
      rule: {
        version: 0,
        enabled: true,
        statistic: 'mean',
        scope: 'platform',
        tenant: null,
        windowMs: 300_000,
        forMs: 0,
        minSample: 1,
        noDataMs: 3_600_000,
      },
    });
  });

  it('comes back from its document', () => {
    const { rule } = parseRule({ ...minimal, tenant: 'acme', critical: 5, for: '90s' }) as { rule: Rule };
    expect(parseRule(JSON.parse(JSON.stringify(ruleDocument(rule))))).toEqual({ ok: true, rule });
  });

  it('is refused with every fault at once', () => {
    expect(
      problemsOf({ ...minimal, id: 'Not An Id', window: 'soon', comparison: 'near', warning: Number.NaN, colour: 'red' }).sort(),
    ).toEqual(['colour', 'comparison', 'id', 'warning', 'window'].sort());
    expect(problemsOf({})).toEqual(['id', 'title', 'metric', 'window', 'comparison']);
    expect(problemsOf('no object')).toEqual(['']);
  });

  it('is refused when its fields contradict each other', () => {
    expect(problemsOf({ ...minimal, warning: undefined })).toEqual(['critical']);
    expect(problemsOf({ ...minimal, critical: 1 })).toEqual(['critical']);
    expect(problemsOf({ ...minimal, comparison: 'below', critical: 3 })).toEqual(['critical']);
    expect(problemsOf({ ...minimal, success: 3 })).toEqual(['success']);
    expect(problemsOf({ ...minimal, statistic: 'roi' })).toEqual(['statistic']);
    expect(problemsOf(minimal, [60_000])).toEqual(['window']);
  });

  it('of a file is named by its place in the file, and ids are unique', () => {
    const parsed = parseRules({ rules: [minimal, minimal, { ...minimal, id: 'y', window: 'soon' }] });
    expect(parsed.ok ? [] : parsed.problems.map(({ field }) => field)).toEqual(['rules[2].window', 'rules[1].id']);
    expect(parseRules({}).ok).toBe(false);
  });
});

describe('the default rules', () => {
  const text = readFileSync(new URL('../../infra/alerts/rules.yaml', import.meta.url), 'utf8');
  const parsed = parseRules(parse(text));
  const rules = parsed.ok ? parsed.rules : [];

  it('are valid', () => {
    expect(parsed).toMatchObject({ ok: true });
  });

  it('are every row of the thresholds table, with its limits', () => {
    const table = Object.fromEntries(
      rules.map(({ metric, comparison, levels }) => [metric, [comparison, levels.warning ?? levels.success, levels.critical]]),
    );
    expect(table).toEqual({
      roi_percent: ['below', 500, 200],
      websocket_latency_ms: ['above', 100, 200],
      ml_inference_latency_ms: ['above', 70, 100],
      vision_analysis_latency_ms: ['above', 2000, 3000],
      coaching_analysis_latency_ms: ['above', 3000, 5000],
      request_error: ['above', 2, 5],
      uptime_percent: ['below', 99.5, 99],
      adoption_percent: ['below', 60, 40],
      roi_above_target_points: ['above', 0, undefined],
      targets_met_days: ['above', 6, undefined],
    });
  });
});
