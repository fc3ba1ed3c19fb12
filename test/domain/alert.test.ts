import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type AlertState, endAlert, evaluate, fingerprintOf, newAlert, type Transition, withRule } from '../../src/domain/alert.ts';
import type { Rule } from '../../src/domain/rule.ts';
import { severityOf } from '../../src/domain/threshold.ts';
import { MINUTE, ruleOf, T0 } from '../support/alerted.ts';

const settings = { graceMs: 10 * MINUTE, repeatMs: 60 * MINUTE };
const everybody = { tenantId: null, featureId: null };

/** Evaluates values, one a minute (null: no value; undefined: no window), and answers what was told as "minute transition severity". */
function run(rule: Rule, values: (number | null | undefined)[], state: AlertState = newAlert(rule, everybody, MINUTE)): string[] {
  return values.flatMap((value, i) => {
    if (value === undefined) return [];
    const told = evaluate(state, { end: T0 + (i + 1) * MINUTE, value, n: 100 }, false, settings);
    return told ? [`${i + 1} ${told.transition} ${told.severity}`] : [];
  });
}

describe('a limit', () => {
  it('is strict in both directions', () => {
    expect([2, 2.1, 5, 5.1].map((value) => severityOf(value, ruleOf(), null))).toEqual([null, 'warning', 'warning', 'critical']);
    const below = ruleOf({ comparison: 'below', warning: 99.5, critical: 99 });
    expect([99.5, 99.4, 99, 98.9].map((value) => severityOf(value, below, null))).toEqual([null, 'warning', 'warning', 'critical']);
  });

  it('holds a severity until the value is back by the margin, and never one that was not there', () => {
    const margin = ruleOf({ resolveMargin: 0.5 });
    expect([1.6, 1.5].map((value) => severityOf(value, margin, 'warning'))).toEqual(['warning', null]);
    expect([4.6, 4.5].map((value) => severityOf(value, margin, 'critical'))).toEqual(['critical', 'warning']);
    expect(severityOf(4.6, margin, 'warning')).toBe('warning');
  });

  it('is never milder for a worse value', () => {
    const rank = { critical: 3, warning: 2, success: 1 };
    const held = fc.constantFrom(null, 'warning' as const, 'critical' as const);
    fc.assert(
      fc.property(fc.double({ min: 0, max: 10, noNaN: true }), fc.double({ min: 0, max: 10, noNaN: true }), held, (a, b, before) => {
        const level = (value: number) => rank[severityOf(value, ruleOf({ resolveMargin: 0.7 }), before) ?? 'success'];
        expect(level(Math.max(a, b))).toBeGreaterThanOrEqual(level(Math.min(a, b)));
      }),
    );
  });
});

describe('the life of an alert', () => {
  it('goes from opened over escalated and back to resolved, each told once', () => {
    expect(run(ruleOf(), [1, 3, 3, 6, 3, 1, 1])).toEqual([
      '2 opened warning',
      '4 escalated critical',
      '5 deescalated warning',
      '6 resolved warning',
    ]);
  });

  it('waits for as long as the rule says, without a break', () => {
    expect(run(ruleOf({ for: '2m' }), [3, 3, 1, 3, 3, 3])).toEqual(['6 opened warning']);
    expect(run(ruleOf({ for: '2m' }), [3, 3, null, 3, 3, 6])).toEqual(['6 opened critical']);
    expect(run(ruleOf({ for: '2m' }), [3, 3, undefined, 3, 3, 3])).toEqual(['6 opened warning']);
  });

  it('is not moved by a window that says nothing', () => {
    expect(run(ruleOf(), [3, null, null, 3, 1])).toEqual(['1 opened warning', '5 resolved warning']);
    const few = newAlert(ruleOf({ minSample: 101 }), everybody, MINUTE);
    expect(run(few.rule, [9, 9, 9], few)).toEqual([]);
  });

  it('is repeated once an hour at most', () => {
    expect(
      run(
        ruleOf(),
        Array.from({ length: 130 }, () => 3),
      ),
    ).toEqual(['1 opened warning', '61 repeated warning', '121 repeated warning']);
  });

  it('is told with what it is about, the value before, and ids that follow from what happened', () => {
    const rule = ruleOf({ scope: 'tenant', runbook: 'docs/x.md' }, 7);
    const tell = () => {
      const state = newAlert(rule, { tenantId: 'ac/me', featureId: null }, MINUTE);
      return [3, 6, 1].map((value, i) => evaluate(state, { end: T0 + (i + 1) * MINUTE, value, n: 50 }, false, settings) as Transition);
    };
    const [opened, escalated, resolved] = tell();
    expect(opened).toMatchObject({
      alertId: `error-rate:tenant=ac%2Fme:${T0 + MINUTE}`,
      fingerprint: 'error-rate:tenant=ac%2Fme',
      ordinal: 1,
      ruleVersion: 7,
      state: 'firing',
      value: 3,
      previousValue: null,
      previousSeverity: null,
      threshold: 2,
      windowStart: T0,
      windowEnd: T0 + MINUTE,
      n: 50,
      openedAt: T0 + MINUTE,
      runbook: 'docs/x.md',
    });
    expect(escalated).toMatchObject({ alertId: opened?.alertId, ordinal: 2, previousValue: 3, previousSeverity: 'warning', threshold: 5 });
    expect(resolved).toMatchObject({
      alertId: opened?.alertId,
      ordinal: 3,
      state: 'resolved',
      reason: 'recovered',
      severity: 'critical',
      value: 1,
    });
    expect(tell()).toEqual([opened, escalated, resolved]);
  });

  it('ends when it has heard nothing for too long, or its rule is gone', () => {
    const state = newAlert(ruleOf(), everybody, MINUTE);
    run(state.rule, [6], state);
    expect(endAlert(state, 'no_data', T0 + 90 * MINUTE)).toMatchObject({
      transition: 'resolved',
      reason: 'no_data',
      value: null,
      previousValue: 6,
    });
    expect(endAlert(state, 'no_data', T0 + 91 * MINUTE)).toBeNull();
  });

  it('goes on under a new version of its rule that measures the same, with the new limits', () => {
    const state = newAlert(ruleOf(), everybody, MINUTE);
    run(state.rule, [3], state);
    const next = withRule(state, ruleOf({ warning: 4 }, 2)) as AlertState;
    const told = evaluate(next, { end: T0 + 2 * MINUTE, value: 3, n: 100 }, false, settings);
    expect(told).toMatchObject({ transition: 'resolved', ruleVersion: 2 });
    expect(withRule(state, ruleOf({ window: '5m' }, 2))).toBeNull();
  });

  it('has one fingerprint for each subject', () => {
    const subjects = ['a', 'a:feature=b', 'a%', 'b'].flatMap((tenantId) => [null, 'b'].map((featureId) => ({ tenantId, featureId })));
    const everyones = { id: 'r', tenant: null };
    expect(new Set(subjects.map((one) => fingerprintOf(everyones, one))).size).toBe(subjects.length);
    // A tenant's rule may have the id of everyone's, and is about that tenant anyway.
    expect(fingerprintOf(everyones, { tenantId: 'a/b', featureId: null })).toBe('r:tenant=a%2Fb');
    expect(fingerprintOf({ id: 'r', tenant: 'a/b' }, { tenantId: 'a/b', featureId: 'c' })).toBe('r@a%2Fb:feature=c');
  });
});

describe('late data', () => {
  const late = (state: AlertState, minute: number, value: number) =>
    evaluate(state, { end: T0 + minute * MINUTE, value, n: 100 }, true, settings);

  it('opens an alert that should have fired', () => {
    const state = newAlert(ruleOf({ for: '1m' }), everybody, MINUTE);
    expect(run(state.rule, [1, 3], state)).toEqual([]);
    expect(late(state, 1, 3)).toMatchObject({ transition: 'opened', reason: 'late_data', openedAt: T0 + 2 * MINUTE });
  });

  it('ends an alert that should not have fired', () => {
    const state = newAlert(ruleOf(), everybody, MINUTE);
    run(state.rule, [3], state);
    expect(late(state, 1, 1.9)).toMatchObject({ transition: 'resolved', reason: 'late_data', value: 1.9 });
    expect(late(state, 1, 4)).toMatchObject({ transition: 'opened', ordinal: 3, alertId: `error-rate:${T0 + MINUTE}` });
  });

  it('revises the value that was told, and says nothing when nothing changes', () => {
    const state = newAlert(ruleOf(), everybody, MINUTE);
    run(state.rule, [1, 3], state);
    expect(late(state, 2, 4)).toMatchObject({ transition: 'revised', reason: 'late_data', value: 4, previousValue: 3 });
    expect(late(state, 2, 4)).toBeNull();
    expect(late(state, 1, 0)).toBeNull();
  });

  it('leads to the same state in the end as if it had not been late', () => {
    const value = fc.constantFrom(0, 1, 3, 6, null);
    const runs = fc.array(fc.record({ first: value, final: value, at: fc.nat(8) }), { minLength: 1, maxLength: 9 });
    fc.assert(
      fc.property(runs, fc.constantFrom('0s', '1m', '2m'), (windows, waits) => {
        const rule = ruleOf({ for: waits, resolveMargin: 0.5 });
        const [wavering, steady] = [newAlert(rule, everybody, MINUTE), newAlert(rule, everybody, MINUTE)];
        windows.forEach(({ first }, i) => void evaluate(wavering, { end: T0 + (i + 1) * MINUTE, value: first, n: 9 }, false, settings));
        const corrections = windows.map((one, i) => ({ ...one, end: T0 + (i + 1) * MINUTE })).sort((a, b) => a.at - b.at);
        for (const { end, final } of corrections) evaluate(wavering, { end, value: final, n: 9 }, true, settings);
        windows.forEach(({ final }, i) => void evaluate(steady, { end: T0 + (i + 1) * MINUTE, value: final, n: 9 }, false, settings));
        expect(wavering.told?.severity).toEqual(steady.told?.severity);
        expect(wavering.recent).toEqual(steady.recent);
      }),
      { numRuns: 500 },
    );
  });
});
