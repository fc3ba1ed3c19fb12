/** The window and alert stages as one machine, in stream time. */
import { describe, expect, it } from 'vitest';
import type { FeatureEvent } from '../../../src/domain/event.ts';
import { eventTopics } from '../../../src/domain/topics.ts';
import { ruleOf } from '../../support/alerted.ts';
import { eventOf } from '../../support/feature-events.ts';
import { createDriver } from '../../support/stream-driver.ts';
import { MINUTE, T0 } from '../../support/windowed.ts';

const request = (ms: number, ok: boolean, changes: object = {}): FeatureEvent =>
  eventOf('request-telemetry', new Date(T0 + ms).toISOString(), { ok, errorCode: null, variant: null, ...changes });
/** A request a second of one minute, the first `failed` of which fail. */
const minute = (m: number, failed: number, changes: object = {}) =>
  Array.from({ length: 60 }, (_, i) => request(m * MINUTE + i * 1000, i >= failed, changes));
type Driver = ReturnType<typeof createDriver>;
const told = ({ alerts }: Driver) =>
  alerts.map(({ transition, severity, windowEnd }) => `${transition} ${severity} ${(windowEnd - T0) / MINUTE}`);

describe('windows and alerts', () => {
  it('tell an incident from its beginning to its end', () => {
    const driver = createDriver([ruleOf()]);
    for (const [m, failed] of [0, 2, 10, 10, 0, 0].entries()) driver.send(minute(m, failed));
    expect(told(driver)).toEqual(['opened warning 2', 'escalated critical 3', 'resolved critical 5']);
  });

  it('tell it all the same when everything crashes after every step', () => {
    const [steady, crashing] = [createDriver([ruleOf()], 2), createDriver([ruleOf()], 2)];
    for (const [m, failed] of [0, 2, 10, 10, 0, 0].entries())
      for (const partition of [0, 1]) {
        const events = minute(m, failed, { tenantId: `tenant_${partition}` });
        steady.send(events, partition);
        for (let i = 0; i < 60; i += 20) {
          crashing.send(events.slice(i, i + 20), partition);
          crashing.restart();
        }
      }
    expect(told(crashing)).toEqual(told(steady));
    expect(crashing.alerts).toEqual(steady.alerts);
    expect(told(steady)).toHaveLength(3);
  });

  it('wait for the slowest partition, unless it is silent', () => {
    const driver = createDriver([ruleOf()], 2);
    driver.send([...minute(0, 10), request(MINUTE + 5000, true)], 0);
    driver.send([request(1000, false, { tenantId: 'slow' })], 1);
    expect(told(driver)).toEqual([]);
    driver.wait(9_000);
    expect(told(driver)).toEqual([]);
    driver.wait(2_000);
    expect(driver.alerts).toMatchObject([{ transition: 'opened', n: 61 }]);
  });

  it('revise an alert by events that come late, and report those that come too late', () => {
    const driver = createDriver([ruleOf()]);
    driver.send([...minute(0, 10).slice(0, 40), request(3 * MINUTE, true)]);
    expect(told(driver)).toEqual(['opened critical 1']);
    driver.send(
      minute(0, 10)
        .slice(40)
        .map((event) => ({ ...event, occurredAt: event.occurredAt - 1 })),
    );
    expect(driver.alerts.at(-1)).toMatchObject({ transition: 'revised', reason: 'late_data', n: 60, previousValue: 25 });
    driver.send([request(13 * MINUTE, true), request(5000, false, { entityId: 'too_late' })]);
    expect(driver.late).toHaveLength(1);
    expect(driver.late[0]?.headers).toMatchObject({
      'late-stage': 'window',
      'late-topic': eventTopics['request-telemetry'],
      'late-by-ms': '118000',
    });
  });

  it('pass over what is no valid event', () => {
    const outcomes: Record<string, number> = {};
    const count = (name: string, labels: Record<string, string> = {}, by = 1) => {
      if (name === 'impact_window_events_total') outcomes[labels['outcome'] ?? ''] = (outcomes[labels['outcome'] ?? ''] ?? 0) + by;
    };
    const driver = createDriver([ruleOf()], 1, { count, set() {}, observe() {} });
    driver.sendBytes(eventTopics['request-telemetry'], 'garbage');
    driver.sendBytes(eventTopics['request-telemetry'], JSON.stringify({ ...request(0, true), latencyMs: -1 }));
    driver.sendBytes('no-topic-of-ours', '{}');
    driver.send(minute(0, 0));
    expect(outcomes).toEqual({ invalid: 3, counted: 60 });
  });

  it('go on under rules that have changed, without a restart', () => {
    const driver = createDriver([ruleOf()]);
    driver.send([...minute(0, 2), ...minute(1, 2)]);
    driver.changeRules(() => [ruleOf({ warning: 4 }, 2)]);
    driver.send(minute(2, 2));
    driver.changeRules(() => []);
    expect(told(driver)).toEqual(['opened warning 1', 'resolved warning 2']);
  });

  it('join value and cost of all features into ROI', () => {
    const roi = ruleOf({
      id: 'roi',
      metric: 'roi_percent',
      statistic: 'roi',
      window: '1h',
      comparison: 'below',
      warning: 500,
      critical: 200,
    });
    const driver = createDriver([roi]);
    const at = (ms: number) => new Date(T0 + ms).toISOString();
    // 900 s less than the baseline at $50 an hour are $12.50; against $10 of cost that is 25 %.
    driver.send([
      eventOf('lead-intelligence', at(1000), { responseTimeSeconds: 0 }),
      eventOf('operating-costs', at(2000), { amountUsd: '10.000000' }),
    ]);
    driver.wait(11_000);
    driver.wait(5 * MINUTE);
    expect(driver.alerts).toMatchObject([
      { rule: 'roi', transition: 'opened', severity: 'critical', value: 25, windowEnd: T0 + 5 * MINUTE, n: 1 },
    ]);
  });
});
