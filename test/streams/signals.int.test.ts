/** Slow signals on the real ClickHouse, and one process of several that tells them. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { migrateClickHouse } from '../../src/adapters/clickhouse-migrate.ts';
import { ensureTopics } from '../../src/adapters/kafka/admin.ts';
import { migratePostgres } from '../../src/adapters/postgres.ts';
import type { FeatureEvent } from '../../src/domain/event.ts';
import { type SetTarget, targetBook } from '../../src/domain/target-choice.ts';
import { openAdapters } from '../../src/main/adapters.ts';
import { readSignals, startSignals } from '../../streams/signals.ts';
import { createLeadership } from '../../streams/signals-leader.ts';
import { followWindows } from '../support/committed.ts';
import { testConfig } from '../support/config.ts';
import { eventually } from '../support/eventually.ts';
import { eventOf } from '../support/feature-events.ts';
import { storeEvents } from '../support/warehouse.ts';

const DAY = 86_400_000;
const MINUTE = 60_000;
const config = testConfig({ SIGNALS_INTERVAL_MS: '1000' });
const adapters = openAdapters(config);
/** Noon of yesterday: no minute of the test lies on another day, whenever it runs. */
const tick = Math.floor(Date.now() / DAY) * DAY - DAY / 2;
const targets = (...set: SetTarget[]) => targetBook(set, '', config);
const yesterday = Math.floor(tick / DAY) * DAY - DAY;
const at = (ms: number): string => new Date(ms).toISOString();

const request = (ms: number, ok: boolean, latencyMs = 40): FeatureEvent =>
  eventOf('request-telemetry', at(ms), { ok, latencyMs, errorCode: ok ? null : 'timeout' });
const days = Array.from({ length: 9 }, (_, i) => [request(yesterday - i * DAY + 1000, true, i === 7 ? 60 : 40)]).flat();
/** Ten minutes before the tick: nine up, one down. */
const minutes = Array.from({ length: 10 }, (_, i) => [
  request(tick - (i + 1) * MINUTE, i !== 3),
  request(tick - (i + 1) * MINUTE + 1, i !== 3),
]).flat();
/** Four active users, three of them with leads; $12.50 of value on $2 of cost. */
const usage = [
  ...['ann', 'bob', 'cat'].map((userId, i) =>
    eventOf('lead-intelligence', at(tick - 3 * MINUTE), { userId, responseTimeSeconds: i === 0 ? 0 : 900 }),
  ),
  eventOf('ai-coaching', at(tick - 2 * MINUTE), { userId: 'dan', sessionDurationMinutes: 40 }),
  eventOf('operating-costs', at(tick - 2 * MINUTE), { amountUsd: '2.000000', userId: null }),
];

beforeAll(async () => {
  await ensureTopics(adapters.kafka, config);
  await adapters.registry.registerAll();
  await migrateClickHouse(adapters.clickhouse, config);
  await migratePostgres(adapters.postgres, config);
  await storeEvents(adapters.clickhouse, [...days, ...minutes, ...usage]);
});
afterAll(() => adapters.close());

describe('slow signals', () => {
  it('are ROI, uptime, adoption and the streak, from the rollups', async () => {
    const signals = await readSignals(adapters.clickhouse, targets(), 'UTC', tick);
    const byName = Object.fromEntries(signals.map(({ metric, featureId, value }) => [`${metric} ${featureId}`, value]));
    expect(byName).toMatchObject({
      'daily_roi_percent platform': 525,
      'roi_above_target_points platform': 525 - 710,
      'adoption_percent realtime_intelligence': 75,
      'adoption_percent ai_coaching': 25,
      'targets_met_days platform': 7,
    });
    const uptime = signals.find(({ metric }) => metric === 'uptime_percent');
    expect(uptime?.value).toBeCloseTo(100 - 100 / (uptime?.n ?? 1), 9);
  });

  it('count the days of the time zone in the streak', async () => {
    const streakIn = async (zone: string): Promise<number | undefined> =>
      (await readSignals(adapters.clickhouse, targets(), zone, tick)).find(({ metric }) => metric === 'targets_met_days')?.value;
    expect(await streakIn('Asia/Kolkata')).toBe(7);
    // There the day ends at the tick, and the minutes in which requests failed were yesterday's.
    expect(await streakIn('Etc/GMT-12')).toBe(0);
  });

  it('are held against the targets that were in force on their days', async () => {
    const common = { tenantId: '', featureId: '', version: 1, warning: null, critical: null };
    const set = targets(
      { ...common, metric: 'roi_percent', effectiveFrom: at(tick).slice(0, 10), target: 500 },
      // The eighth day back had 60 ms, and 70 were good enough until the day after.
      { ...common, metric: 'websocket_latency_ms', effectiveFrom: '2020-01-01', target: 70 },
      { ...common, metric: 'websocket_latency_ms', effectiveFrom: at(yesterday - 6 * DAY).slice(0, 10), target: 50 },
    );
    const signals = await readSignals(adapters.clickhouse, set, 'UTC', tick);
    expect(signals.find(({ metric }) => metric === 'roi_above_target_points')?.value).toBe(25);
    expect(signals.find(({ metric }) => metric === 'targets_met_days')?.value).toBe(9);
  });

  it('are told by one process of two, and by the other when that one is gone', async () => {
    const windows = await followWindows(adapters);
    const leaders = [0, 1].map(() => createLeadership(adapters.postgres, `${config.namespace}.signals`));
    const producer = await adapters.producer();
    const common = { ...adapters, log: adapters.logs('signals'), now: Date.now, producer, windowPartitions: 2 };
    const [first, second] = await Promise.all(leaders.map((leadership) => startSignals({ ...common, leadership })));
    const ticks = () => windows.records.flatMap(({ progress }) => progress.map(({ through }) => through));
    await eventually(() => expect(ticks().length).toBeGreaterThanOrEqual(6));
    // Each tick is told once in each partition, whoever leads.
    const counts = new Map<number, number>();
    for (const through of ticks()) counts.set(through, (counts.get(through) ?? 0) + 1);
    expect(Math.max(...counts.values())).toBe(2);
    expect([first?.health().ready, second?.health().ready]).toEqual([true, true]);
    await first?.stop();
    const told = ticks().length;
    await eventually(() => expect(ticks().length).toBeGreaterThan(told));
    await second?.stop();
    await windows.stop();
  });
});
