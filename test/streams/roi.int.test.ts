/** The ROI stage on the real databases: today, the close of a day, what comes late, and what experiments show. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createLogs } from '../../src/adapters/log.ts';
import { createMetrics } from '../../src/adapters/metrics.ts';
import { endReplay } from '../../src/query/replays.ts';
import { readRoi } from '../../src/query/roi.ts';
import { scopeOf } from '../../src/query/scope.ts';
import type { RunningStage } from '../../src/runtime/stage.ts';
import { startRoi } from '../../streams/roi.ts';
import { createLeadership } from '../../streams/signals-leader.ts';
import { eventually } from '../support/eventually.ts';
import { eventOf } from '../support/feature-events.ts';
import { openRoiWorld, type RoiWorld } from '../support/roi-world.ts';
import { storeEvents } from '../support/warehouse.ts';

const FEATURE = 'realtime_intelligence';
const USERS = 40;
let world: RoiWorld;
let stages: RunningStage[];
const clock = { now: Date.parse('2026-01-12T12:00:00Z') };

/** Treatment answers in some 300 s, control in some 600 s. */
function experiment() {
  return Array.from({ length: 2 * USERS }, (_, i) => {
    const [variant, seconds] = i % 2 === 0 ? (['treatment', 280 + i] as const) : (['control', 560 + i] as const);
    const own = { tenantId: 'acme', featureId: FEATURE, userId: `user ${i}`, variant };
    return [
      eventOf('flag-exposures', `2026-01-10T08:00:${String(i % 60).padStart(2, '0')}Z`, {
        ...own,
        rolloutStage: 'beta_50',
        reason: 'percentage',
      }),
      eventOf('lead-intelligence', '2026-01-10T09:00:00Z', { ...own, responseTimeSeconds: seconds }),
    ];
  }).flat();
}

function start(): Promise<RunningStage> {
  const log = createLogs(world.config)('roi');
  const leadership = createLeadership(world.postgres, `${world.config.namespace} roi`);
  return startRoi({ ...world, log, metrics: createMetrics(), now: () => clock.now, flags: async () => [], leadership });
}

type Day = { date: string; complete: boolean; revision: number; value: string };
const days = (): Promise<Day[]> =>
  world.postgres.query<Day>(
    'SELECT date::text AS date, complete, revision, total_revenue_impact::text AS value FROM business_metrics_daily ORDER BY date',
  );
const until = async (check: (found: Day[]) => void): Promise<void> => eventually(async () => check(await days()), 20_000);

beforeAll(async () => {
  world = await openRoiWorld({ ROI_INTERVAL_MS: '100', COSTS_RECURRING: 'infrastructure=36500' });
  await storeEvents(world.clickhouse, experiment());
  stages = await Promise.all([start(), start()]);
});
afterAll(async () => {
  await Promise.all(stages.map((stage) => stage.stop()));
  await world?.close();
});

describe('the ROI stage', () => {
  it('calculates every day since the first, and today so far', async () => {
    await until((found) => {
      expect(found.map(({ date, complete }) => [date, complete])).toEqual([
        ['2026-01-10', true],
        ['2026-01-11', true],
        ['2026-01-12', false],
      ]);
    });
    const rows = await world.postgres.query('SELECT date::text AS date, amount::text AS amount FROM operating_costs_daily ORDER BY date');
    // Half of today has passed, and so has half of what is estimated for it.
    expect(rows.map((row) => Object.values(row))).toEqual([
      ['2026-01-10', '100.000000'],
      ['2026-01-11', '100.000000'],
      ['2026-01-12', '50.000000'],
    ]);
  });

  it('asks the experiments what was caused, and books that beside what is observed', async () => {
    await eventually(
      async () =>
        expect(await world.postgres.query('SELECT feature_id, control_n, treatment_n FROM roi_effects')).toEqual([
          { feature_id: FEATURE, control_n: USERS, treatment_n: USERS },
        ]),
      20_000,
    );
    const { features } = await readRoi(world, scopeOf(null), { from: '2026-01-10', to: '2026-01-10' }, clock.now);
    const [lead] = features;
    expect(lead?.effect?.lift).toBeCloseTo(-281 / 600, 9);
    // At face value: 281 s of $50 an hour for each of 40 leads. A single experiment is believed with caution.
    const faceValue = Math.round(((281 * 50) / 3600) * USERS * 1e6);
    expect(lead?.causal?.valueUsdMicros).toBeGreaterThan(0.5 * faceValue);
    expect(lead?.causal?.valueUsdMicros).toBeLessThan(faceValue);
    expect(lead?.causal?.lowUsdMicros).toBeGreaterThan(0);
    expect(lead?.causal?.lowUsdMicros).toBeLessThan(lead?.causal?.valueUsdMicros ?? 0);
    expect((await readRoi(world, scopeOf('acme'), { from: '2026-01-10', to: '2026-01-10' }, clock.now)).total.causal).toBeNull();
  });

  it('closes a day some minutes after it is over, and not at midnight', async () => {
    clock.now = Date.parse('2026-01-13T00:05:00Z');
    await until((found) => expect(found.at(-1)).toMatchObject({ date: '2026-01-13', complete: false }));
    expect((await days()).find(({ date }) => date === '2026-01-12')).toMatchObject({ complete: false });
    clock.now = Date.parse('2026-01-13T00:10:00Z');
    await until((found) => expect(found.find(({ date }) => date === '2026-01-12')).toMatchObject({ complete: true, revision: 0 }));
  });

  it('revises a complete day when an event comes late', async () => {
    await storeEvents(world.clickhouse, [eventOf('churn-prevention', '2026-01-11T10:00:00Z', { tenantId: 'acme', churned: false })], 1_000);
    await until((found) => expect(found[1]).toMatchObject({ date: '2026-01-11', revision: 1, value: '1050.000000' }));
    expect(await world.postgres.query('SELECT reason FROM roi_revisions')).toEqual([{ reason: 'late events, corrections or retractions' }]);
  });

  it('calculates the days of a replay when it has ended, and forgets that it was asked', async () => {
    const id = '0f8fad5b-d9cb-469f-a165-70867728950e';
    await world.postgres.query(
      `INSERT INTO replays (id, from_day, to_day, source, state, plan) VALUES ($1, '2026-01-10', '2026-01-11', 'raw', 'building', '[]')`,
      [id],
    );
    const [before] = await world.postgres.query<{ at: Date }>(
      "SELECT computed_at AS at FROM business_metrics_daily WHERE date = '2026-01-10'",
    );
    clock.now += 1_000;
    await endReplay(world.postgres, id, 'done');
    await eventually(async () => {
      const [after] = await world.postgres.query<{ at: Date }>(
        "SELECT computed_at AS at FROM business_metrics_daily WHERE date = '2026-01-10'",
      );
      expect(after?.at.getTime()).toBeGreaterThan(before?.at.getTime() ?? 0);
      expect(await world.postgres.query("SELECT FROM roi_due WHERE date >= '2026-01-10'")).toEqual([]);
    }, 20_000);
    expect((await days())[0]).toMatchObject({ revision: 0 });
  });

  it('is ready, of which one of two leads and the other takes over', async () => {
    expect(stages.map((stage) => stage.health().ready)).toEqual([true, true]);
    await stages[0]?.stop();
    await storeEvents(world.clickhouse, [eventOf('churn-prevention', '2026-01-13T00:01:00Z', { tenantId: 'acme', churned: false })], 2_000);
    await until((found) => expect(found.at(-1)).toMatchObject({ date: '2026-01-13', value: '1050.000000' }));
  });
});
