import { describe, expect, it } from 'vitest';
import { type Alerting, evaluateDue, newAlerting, setRules, takeUpdate } from '../../src/domain/alerting.ts';
import { restoreAlerting, takeAlertDeltas } from '../../src/domain/alerting-state.ts';
import type { Rule } from '../../src/domain/rule.ts';
import type { SourceProgress, WindowPart } from '../../src/domain/window.ts';
import { MINUTE, partOf, progressOf, ruleOf, T0 } from '../support/alerted.ts';

const settings = { graceMs: 10 * MINUTE, repeatMs: 60 * MINUTE };

function alertingOf(...rules: Rule[]): Alerting {
  const alerting = newAlerting(settings);
  setRules(alerting, rules);
  return alerting;
}

/** Takes windows and progress, and answers what was told as "fingerprint transition value". */
function take(alerting: Alerting, windows: WindowPart[], ...progress: SourceProgress[]): string[] {
  for (const window of windows) takeUpdate(alerting, { window, progress: [] });
  takeUpdate(alerting, { window: null, progress });
  return evaluateDue(alerting).map(({ fingerprint, transition, value }) => `${fingerprint} ${transition} ${value}`);
}

describe('alerts of a partition', () => {
  it('wait until every source has passed the end of the window, then judge the parts together', () => {
    const alerting = alertingOf(ruleOf());
    const parts = [partOf(1, 10, 50), partOf(1, 0, 50, { sourcePartition: 1, tenantId: 'zed' })];
    expect(take(alerting, parts, progressOf(1, 0, 2))).toEqual([]);
    expect(take(alerting, [], progressOf(1, 1, 2))).toEqual(['error-rate opened 10']);
  });

  it('judge nothing while a source has never been heard of', () => {
    expect(take(alertingOf(ruleOf()), [partOf(1, 10, 50)], progressOf(9, 0, 3), progressOf(9, 1, 3))).toEqual([]);
  });

  it('are one for each tenant, each feature or each feature of a tenant, as the rule says', () => {
    const parts = ['acme', 'zed'].flatMap((tenantId) =>
      ['ai_coaching', 'platform'].map((featureId, i) => partOf(1, tenantId === 'acme' ? 5 : i, 50, { tenantId, featureId })),
    );
    const told = (scope: string, changes: object = {}) => take(alertingOf(ruleOf({ scope, ...changes })), parts, progressOf(1)).sort();
    expect(told('platform')).toEqual(['error-rate opened 5.5']);
    expect(told('tenant')).toEqual(['error-rate:tenant=acme opened 10']);
    expect(told('feature')).toEqual(['error-rate:feature=ai_coaching opened 5', 'error-rate:feature=platform opened 6']);
    expect(told('tenant_feature')).toEqual([
      'error-rate:tenant=acme:feature=ai_coaching opened 10',
      'error-rate:tenant=acme:feature=platform opened 10',
    ]);
    expect(told('platform', { tenant: 'acme', feature: 'platform' })).toEqual(['error-rate@acme opened 10']);
  });

  it("of rules of one id are apart, when these are several tenants'", () => {
    const alerting = alertingOf(ruleOf({ tenant: 'acme' }), ruleOf({ tenant: 'zed', warning: 9, critical: 90 }));
    const parts = ['acme', 'zed'].map((tenantId) => partOf(1, 5, 50, { tenantId }));
    expect(take(alerting, parts, progressOf(1)).sort()).toEqual(['error-rate@acme opened 10', 'error-rate@zed opened 10']);
    expect(setRules(alerting, [ruleOf({ tenant: 'zed', warning: 9, critical: 90 })])).toMatchObject([
      { transition: 'resolved', reason: 'rule_removed', tenantId: 'acme' },
    ]);
  });

  it('take the part of a source that has read furthest, in whatever order parts come, and each once', () => {
    const alerting = alertingOf(ruleOf());
    const [old, young] = [partOf(1, 0, 10, { sourceOffset: 5 }), partOf(1, 5, 50, { sourceOffset: 9 })];
    expect(take(alerting, [young, old, young], progressOf(1))).toEqual(['error-rate opened 10']);
    expect(take(alerting, [young, old], progressOf(1))).toEqual([]);
  });

  it('are revised by a part that comes late, until the window is forgotten', () => {
    const alerting = alertingOf(ruleOf());
    expect(take(alerting, [partOf(1, 0, 50)], progressOf(2))).toEqual([]);
    expect(take(alerting, [partOf(1, 20, 100, { sourceOffset: 50, late: true })])).toEqual(['error-rate opened 20']);
    expect(take(alerting, [partOf(1, 0, 100, { sourceOffset: 60, late: true })])).toEqual(['error-rate resolved 0']);
    take(alerting, [], progressOf(30));
    expect(take(alerting, [partOf(1, 20, 100, { sourceOffset: 70, late: true })])).toEqual([]);
    expect(alerting.watches.get('request_error|60000')?.windows.size).toBe(0);
  });

  it('end when no window speaks for as long as the rule allows', () => {
    const alerting = alertingOf(ruleOf({ noData: '15m' }));
    expect(take(alerting, [partOf(1, 10, 50)], progressOf(1))).toEqual(['error-rate opened 20']);
    expect(take(alerting, [], progressOf(16))).toEqual([]);
    expect(take(alerting, [], progressOf(17))).toEqual(['error-rate resolved null']);
    expect(take(alerting, [], progressOf(60))).toEqual([]);
    expect(alerting.alerts.size).toBe(0);
  });

  it('end when their rule goes, is disabled or comes to measure something else; and not for another limit', () => {
    const firing = () => {
      const alerting = alertingOf(ruleOf());
      take(alerting, [partOf(1, 10, 50)], progressOf(1));
      return alerting;
    };
    const reasons = (rules: Rule[]) => setRules(firing(), rules).map(({ transition, reason }) => `${transition} ${reason}`);
    expect(reasons([])).toEqual(['resolved rule_removed']);
    expect(reasons([ruleOf({ enabled: false }, 2)])).toEqual(['resolved rule_removed']);
    expect(reasons([ruleOf({ window: '5m' }, 2)])).toEqual(['resolved rule_changed']);
    expect(reasons([ruleOf({ warning: 3 }, 2)])).toEqual([]);
    expect(reasons([ruleOf()])).toEqual([]);
  });

  it('of a rule that is new do not judge windows whose parts may have been passed over', () => {
    const alerting = alertingOf(ruleOf());
    take(alerting, [], progressOf(3, 0, 2), progressOf(1, 1, 2));
    setRules(alerting, [ruleOf(), ruleOf({ id: 'slow', window: '5m' })]);
    expect(alerting.watches.get('request_error|300000')?.evaluated).toBe(T0 + 3 * MINUTE);
  });

  it('are the same after a restart between any two records', () => {
    const records: [WindowPart[], SourceProgress][] = [1, 2, 3, 4, 5, 6].map((minute) => [
      [partOf(minute, minute === 3 || minute === 4 ? 9 : 0, 50)],
      progressOf(minute),
    ]);
    const late: [WindowPart[], SourceProgress] = [[partOf(2, 9, 50, { sourceOffset: 99, late: true })], progressOf(6)];
    const steady = alertingOf(ruleOf({ for: '1m' }));
    const expected = [...records, late].flatMap(([windows, progress]) => take(steady, windows, progress));
    const changelog = new Map<string, string>();
    const told = [...records, late].flatMap(([windows, progress]) => {
      const alerting = restoreAlerting(settings, changelog);
      expect(setRules(alerting, [ruleOf({ for: '1m' })])).toEqual([]);
      const said = take(alerting, windows, progress);
      for (const [key, value] of takeAlertDeltas(alerting)) value === null ? changelog.delete(key) : changelog.set(key, value);
      return said;
    });
    expect(expected).toEqual(['error-rate opened 18', 'error-rate resolved 0']);
    expect(told).toEqual(expected);
  });

  it('leave nothing in the changelog of windows that are forgotten', () => {
    const alerting = alertingOf(ruleOf());
    const changelog = new Map<string, string>();
    for (let minute = 1; minute <= 100; minute++) {
      take(alerting, [partOf(minute, 0, 5)], progressOf(minute));
      for (const [key, value] of takeAlertDeltas(alerting)) value === null ? changelog.delete(key) : changelog.set(key, value);
    }
    expect(changelog.size).toBeLessThan(16);
  });
});
