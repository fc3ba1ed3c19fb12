/** From events to alerts on real components, in event time. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ensureTopics } from '../../src/adapters/kafka/admin.ts';
import { migratePostgres } from '../../src/adapters/postgres.ts';
import type { Transition } from '../../src/domain/alert.ts';
import { parseRule, type Rule } from '../../src/domain/rule.ts';
import { openAdapters } from '../../src/main/adapters.ts';
import { createRule } from '../../src/query/rules.ts';
import type { RunningStage } from '../../src/runtime/stage.ts';
import { startStatefulStages } from '../support/alerting-stages.ts';
import { type Followed, followAlerts } from '../support/committed.ts';
import { testConfig } from '../support/config.ts';
import { eventually } from '../support/eventually.ts';
import { request, send } from '../support/telemetry.ts';

const config = testConfig({ WINDOW_SIZES: '10s,1m,5m/1m', WINDOW_IDLE_MS: '1500', WINDOW_DELAY_MS: '1000' });
const adapters = openAdapters(config);
const by = { by: 'test', reason: 'test' };
let stages: RunningStage[] = [];
let alerts: Followed<Transition>;

const errorRate = (changes: object = {}): Rule => {
  const parsed = parseRule({
    id: 'error-rate',
    title: 'Error rate',
    metric: 'request_error',
    statistic: 'percent',
    window: '10s',
    comparison: 'above',
    warning: 2,
    critical: 5,
    minSample: 5,
    ...changes,
  });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  return parsed.rule;
};

/** Ten requests a second over `seconds`, of which every `nth` fails (0: none), spread over both partitions. */
const traffic = (from: number, seconds: number, nth: number) =>
  Array.from({ length: seconds * 10 }, (_, i) => ({ event: request(from + i * 100, i, nth === 0 || i % nth !== 0), partition: i % 2 }));

beforeAll(async () => {
  await ensureTopics(adapters.kafka, config);
  await adapters.registry.registerAll();
  await migratePostgres(adapters.postgres, config);
  await createRule(adapters.postgres, errorRate(), by);
  stages = await startStatefulStages(adapters, ['window', 'alert']);
  alerts = await followAlerts(adapters);
});

afterAll(async () => {
  await Promise.all(stages.map((stage) => stage.stop()));
  await alerts?.stop();
  await adapters.close();
});

const told = () => alerts.records.map(({ transition, severity, windowEnd, n, value }) => ({ transition, severity, windowEnd, n, value }));

describe('the road from events to alerts', () => {
  const start = Math.floor(Date.now() / 10_000) * 10_000 - 120_000;

  it('opens, escalates and resolves one alert for the whole platform, each once', async () => {
    await send(adapters, traffic(start, 10, 0));
    await send(adapters, traffic(start + 10_000, 10, 34));
    await send(adapters, traffic(start + 20_000, 10, 4));
    await send(adapters, traffic(start + 30_000, 10, 0));
    await send(adapters, traffic(start + 40_000, 2, 0));
    await eventually(() => expect(told()).toHaveLength(3));
    expect(told()).toEqual([
      { transition: 'opened', severity: 'warning', windowEnd: start + 20_000, n: 100, value: 3 },
      { transition: 'escalated', severity: 'critical', windowEnd: start + 30_000, n: 100, value: 25 },
      { transition: 'resolved', severity: 'critical', windowEnd: start + 40_000, n: 100, value: 0 },
    ]);
    expect(new Set(alerts.records.map(({ alertId }) => alertId)).size).toBe(1);
    expect(stages.map((stage) => stage.health())).toEqual([
      { ready: true, reasons: [] },
      { ready: true, reasons: [] },
    ]);
  });
});
