/** Four weeks with known truth, through the real databases. */
import { Decimal } from 'decimal.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { archiveFiles } from '../../src/adapters/archive-files.ts';
import { createLogs } from '../../src/adapters/log.ts';
import { createRegistry } from '../../src/adapters/registry.ts';
import type { RoiReport } from '../../src/domain/roi/report.ts';
import { usdOfMicros } from '../../src/domain/roi.ts';
import { plusDays } from '../../src/domain/zone.ts';
import { recordDays } from '../../src/query/roi/record.ts';
import { revisionsOf } from '../../src/query/roi/revisions.ts';
import { unmeteredCost } from '../../src/query/roi/unmetered.ts';
import { readRoi } from '../../src/query/roi.ts';
import { scopeOf } from '../../src/query/scope.ts';
import { setTarget } from '../../src/query/targets.ts';
import { replay } from '../../streams/replay.ts';
import { manualCosts, manualLeadMetrics } from '../seeds/statements.ts';
import { eventOf } from '../support/feature-events.ts';
import { END, FIRST, fourWeeks, openRoiWorld, type RoiWorld } from '../support/roi-world.ts';
import { storeEvents } from '../support/warehouse.ts';

const { events, truth } = fourWeeks();
const everyone = scopeOf(null);
const span = { from: FIRST, to: END };
const last = plusDays(END, -1);
const now = Date.parse('2026-02-02T06:00:00Z');

let world: RoiWorld;
const read = (changes: object = {}, scope = everyone): Promise<RoiReport> =>
  readRoi(world, scope, { from: FIRST, to: last, ...changes }, now);
const cents = (micros: number): string => new Decimal(micros).div(1e6).toFixed(2);
/** Money is compared exactly; sums of scores are doubles, whose last digits depend on the order in which they were added up. */
const told = (report: RoiReport): unknown =>
  JSON.parse(JSON.stringify(report, (_, value) => (typeof value === 'number' && !Number.isInteger(value) ? value.toPrecision(12) : value)));
const feature = (report: RoiReport, name: string) => report.features.find((one) => one.feature === name);

/** 24,000 a year in infrastructure, as running totals of whole cents: days 5 to 32 of 365. `api` has costs of its own. */
const recurringCents = Math.floor((2_400_000 * 32) / 365) - Math.floor((2_400_000 * 4) / 365);
const dayCents = (day: number): number => Math.floor((2_400_000 * day) / 365) - Math.floor((2_400_000 * (day - 1)) / 365);
const recurring = new Decimal(recurringCents).div(100);

beforeAll(async () => {
  world = await openRoiWorld({ COSTS_RECURRING: 'infrastructure=24000,api=19200', ROI_SHARED_COSTS: 'usage' });
  await storeEvents(world.clickhouse, events);
});
afterAll(() => world?.close());

const dump = async (): Promise<unknown> => {
  const tables = [
    'roi_feature_daily',
    'lead_intelligence_metrics',
    'property_intelligence_metrics',
    'churn_prevention_metrics',
    'ai_coaching_metrics',
  ];
  const others = ['operating_costs_daily', 'business_metrics_daily', 'roi_weekly_summary', 'roi_revisions', 'announcements'];
  const all = [...tables, ...others].map((table) =>
    world.postgres.query<{ row: object }>(`SELECT to_jsonb(t) - 'id' - 'computed_at' AS row FROM ${table} AS t`),
  );
  return (await Promise.all(all)).map((rows) => rows.map(({ row }) => JSON.stringify(row)).sort());
};

describe('four weeks of which the truth is known', () => {
  it('come out to the cent when they are calculated on the spot', async () => {
    const report = await read({ fresh: true });
    for (const [name, usd] of Object.entries(truth.usd))
      expect(cents(feature(report, name)?.valueUsdMicros ?? 0), name).toBe(usd.toFixed(2));
    for (const [name, usd] of Object.entries(truth.direct))
      expect(usdOfMicros(feature(report, name)?.directCostUsdMicros ?? 0), name).toBe(usd.toFixed(6));
    for (const [name, uses] of Object.entries(truth.uses)) expect(feature(report, name)?.usage, name).toBe(uses);
    const shared = report.features.reduce((sum, one) => sum + one.sharedCostUsdMicros, 0);
    const common = report.features.reduce((sum, one) => sum + one.commonCostUsdMicros, 0);
    expect([usdOfMicros(shared), usdOfMicros(common)]).toEqual([truth.shared.toFixed(6), recurring.toFixed(6)]);
  });

  it('give the ROI that follows from the true value and cost', async () => {
    const { total } = await read({ fresh: true });
    const value = Object.values(truth.usd).reduce((sum, usd) => sum.plus(usd));
    const cost = Object.values(truth.direct)
      .reduce((sum, usd) => sum.plus(usd))
      .plus(truth.shared)
      .plus(recurring);
    expect([cents(total.valueUsdMicros), cents(total.costUsdMicros)]).toEqual([value.toFixed(2), cost.toFixed(2)]);
    expect(total.roiPercent).toBeCloseTo(value.minus(cost).div(cost).times(100).toNumber(), 4);
  });

  it('come out the same from the books as on the spot, day by day and feature by feature', async () => {
    const fresh = await read({ fresh: true });
    const recorded = await recordDays(world, span, now);
    expect(new Set(recorded.map(({ outcome }) => outcome))).toEqual(new Set(['final']));
    const stored = await read();
    expect(told(stored)).toEqual(told(fresh));
  });

  it('are read from the books alone, and days before them not at all', async () => {
    const asked: string[] = [];
    const clickhouse = {
      query<Row>(text: string, params?: Record<string, unknown>): Promise<Row[]> {
        asked.push(text);
        return world.clickhouse.query<Row>(text, params);
      },
    };
    const year = await readRoi({ ...world, clickhouse }, everyone, { from: plusDays(FIRST, -330), to: last }, now);
    expect(asked).toEqual([expect.stringContaining('min(bucket)')]);
    expect(year.days).toHaveLength(358);
    const { total } = await read();
    expect([year.total.valueUsdMicros, year.total.costUsdMicros]).toEqual([total.valueUsdMicros, total.costUsdMicros]);
  });

  it('stand in the tables that people read in SQL', async () => {
    const [totals] = await world.postgres.query(
      'SELECT sum(total_revenue_impact)::text AS value, sum(total_operating_costs)::text AS cost, count(*) AS days FROM daily_roi_summary',
    );
    const { total } = await read();
    expect(totals).toEqual({ value: usdOfMicros(total.valueUsdMicros), cost: usdOfMicros(total.costUsdMicros), days: 28 });
    const [leads] = await world.postgres.query(
      'SELECT sum(leads_processed)::int AS n, sum(estimated_revenue_impact)::text AS value FROM lead_intelligence_metrics',
    );
    expect(leads).toEqual({ n: truth.uses['realtime_intelligence'], value: truth.usd['realtime_intelligence']?.toFixed(6) });
    const weeks = await world.postgres.query<{ week: string; change: string | null; complete: boolean }>(
      'SELECT week_start::text AS week, revenue_change_percentage AS change, complete FROM roi_weekly_summary ORDER BY 1',
    );
    expect(weeks.map(({ week, complete }) => [week, complete])).toEqual(
      ['2026-01-05', '2026-01-12', '2026-01-19', '2026-01-26'].map((week) => [week, true]),
    );
    expect(weeks.map(({ change }) => change === null)).toEqual([true, false, false, false]);
  });

  it('have how the system did beside them, day by day', async () => {
    const at = (day: string, minute: string): string => `${day}T10:${minute}:00Z`;
    const request = (day: string, minute: string, ok: boolean, latencyMs: number) =>
      eventOf('request-telemetry', at(day, minute), { tenantId: 'acme', service: 'websocket', latencyMs, ok, userId: null });
    await storeEvents(
      world.clickhouse,
      [request('2026-01-07', '00', true, 30), request('2026-01-07', '01', false, 50), request('2026-01-08', '00', true, 70)],
      50_000,
    );
    await recordDays(world, { from: '2026-01-07', to: '2026-01-09' }, now);
    const rows = await world.postgres.query(
      `SELECT websocket_latency_ms, error_rate_percentage, uptime_percentage, feature_adoption_percentage, active_tenants
       FROM business_metrics_daily WHERE date IN ('2026-01-07', '2026-01-08') ORDER BY date`,
    );
    const usual = { feature_adoption_percentage: 100, active_tenants: 2 };
    expect(rows).toEqual([
      { websocket_latency_ms: 40, error_rate_percentage: 50, uptime_percentage: 50, ...usual },
      { websocket_latency_ms: 70, error_rate_percentage: 0, uptime_percentage: 100, ...usual },
    ]);
  });

  it('are held against the target that was in force on each day, and a week against that of its end', async () => {
    const wanted = {
      metric: 'roi_percent',
      tenantId: '',
      featureId: '',
      effectiveFrom: '2026-01-16',
      target: 800,
      warning: null,
      critical: null,
    } as const;
    await setTarget(world.postgres, wanted, { by: 'test', reason: 'a better year' });
    await recordDays(world, span, now);
    const days = await world.postgres.query(
      "SELECT target_roi_percentage::float8 AS target FROM business_metrics_daily WHERE date BETWEEN '2026-01-15' AND '2026-01-17' ORDER BY date",
    );
    expect(days).toEqual([{ target: 710 }, { target: 800 }, { target: 800 }]);
    const weeks = await world.postgres.query(
      "SELECT target_roi_percentage::float8 AS target FROM roi_weekly_summary WHERE week_start IN ('2026-01-05', '2026-01-12') ORDER BY week_start",
    );
    expect(weeks).toEqual([{ target: 710 }, { target: 800 }]);
    expect((await read()).total.targetRoiPercent).toBe(800);
  });

  it('leave the same rows when they are calculated again', async () => {
    const before = await dump();
    const recorded = await recordDays(world, span, now + 1000);
    expect(new Set(recorded.map(({ outcome }) => outcome))).toEqual(new Set(['same']));
    expect(await dump()).toEqual(before);
  });

  it('are, of a tenant, its own, without what all share', async () => {
    const [acme, globex, all] = await Promise.all([read({}, scopeOf('acme')), read({}, scopeOf('globex')), read()]);
    expect(acme.total.valueUsdMicros + globex.total.valueUsdMicros).toBe(all.total.valueUsdMicros);
    expect(acme.total.costUsdMicros + globex.total.costUsdMicros).toBe(all.total.costUsdMicros - recurringCents * 10_000);
    expect(told(await read({ fresh: true }, scopeOf('acme')))).toEqual(told(acme));
  });
});

describe('what all tenants come to', () => {
  const drift = `SELECT 'cell' AS what, count(*)::int AS n FROM (
    (TABLE roi_feature_totals EXCEPT SELECT date, feature_id, sum(usage_count)::bigint, sum(key_metric_n)::bigint, sum(key_metric_sum), sum(value_usd), sum(manual_value_usd),
      sum(direct_cost_usd), sum(shared_cost_usd), sum(common_cost_usd), sum(causal_units) FROM roi_feature_daily GROUP BY date, feature_id)
    UNION ALL (SELECT date, feature_id, 0, 0, 0, 0, 0, 0, 0, 0, 0 FROM roi_feature_daily EXCEPT SELECT date, feature_id, 0, 0, 0, 0, 0, 0, 0, 0, 0 FROM roi_feature_totals)) AS cells
  UNION ALL SELECT 'cost', count(*)::int FROM (SELECT date, cost_category, provenance, sum(amount) AS amount FROM operating_costs_daily GROUP BY 1, 2, 3) AS rows
    FULL JOIN operating_cost_totals AS total USING (date, cost_category, provenance) WHERE rows.amount IS DISTINCT FROM total.amount`;
  const statements = [
    manualCosts,
    "UPDATE operating_costs_daily SET date = date + 1, amount = amount * 2 WHERE provenance = 'manual'",
    "UPDATE roi_feature_daily SET value_usd = value_usd + 1 WHERE date = '2026-01-06'",
    "DELETE FROM roi_feature_daily WHERE tenant_id = 'acme' AND date > '2026-01-20'",
    "DELETE FROM operating_costs_daily WHERE cost_category = 'licences'",
    'TRUNCATE roi_feature_daily, operating_costs_daily',
  ];

  it('is the sum of what each comes to, whatever statement changes a row', async () => {
    const undone = new Error('undone');
    const work = world.postgres.transaction(async (tx) => {
      for (const statement of ['SELECT', ...statements]) {
        await tx.query(statement);
        expect([statement, await tx.query(drift)]).toEqual([
          statement,
          [
            { what: 'cell', n: 0 },
            { what: 'cost', n: 0 },
          ],
        ]);
      }
      expect(await tx.query('SELECT count(*)::int AS n FROM operating_cost_totals')).toEqual([{ n: 0 }]);
      throw undone;
    });
    await expect(work).rejects.toBe(undone);
  });
});

describe('costs that no event tells of', () => {
  it('count by the part of each day', async () => {
    // Half of one day's infrastructure and a quarter of the next one's; api has events on both.
    expect(await unmeteredCost(world, { from: Date.parse('2026-01-07T12:00Z'), to: Date.parse('2026-01-08T06:00Z') })).toBe(
      Math.round((dayCents(7) * 10_000) / 2) + Math.round((dayCents(8) * 10_000) / 4),
    );
  });
});

describe('a day that was complete', () => {
  it('is revised when a late event changes it, and the change is shown', async () => {
    await storeEvents(
      world.clickhouse,
      [eventOf('churn-prevention', '2026-01-14T15:00:00Z', { tenantId: 'acme', churned: false })],
      100_000,
    );
    const [day] = await recordDays(world, { from: '2026-01-14', to: '2026-01-15' }, now + 2000);
    expect(day).toMatchObject({ outcome: 'revised', revision: 1 });
    const [revision] = await revisionsOf(world.postgres, span, 10);
    expect(revision).toMatchObject({ day: '2026-01-14', revision: 1, reason: 'late events, corrections or retractions' });
    const change = Number(revision?.after.valueUsd) - Number(revision?.before.valueUsd);
    expect(change).toBeCloseTo(1050, 6);
    expect((await read()).days.find((one) => one.day === '2026-01-14')).toMatchObject({ revision: 1 });
  });

  it('is revised when a replay changes it, and says so', async () => {
    // In the raw table only: the rollups know of it once they are rebuilt.
    await world.clickhouse.command(`INSERT INTO events (* EXCEPT (payload_hash, stored_at))
      SELECT * EXCEPT (payload_hash, stored_at) REPLACE (generateUUIDv4() AS event_id) FROM events
      WHERE kind = 'ai-coaching' AND tenant = 'globex' AND toDate(minute) = '2026-01-20' LIMIT 1`);
    const logs = createLogs(world.config);
    const registry = createRegistry(world.config, logs('registry'));
    const deps = {
      ...world,
      registry,
      log: logs('replay'),
      now: Date.now,
      failpoint: () => {},
      archives: archiveFiles,
      readTopic: () => Promise.reject(new Error('no')),
    };
    await replay(deps as never, { from: Date.parse('2026-01-20'), to: Date.parse('2026-01-21') });
    const [day] = await recordDays(world, { from: '2026-01-20', to: '2026-01-21' }, now + 3000);
    expect(day).toMatchObject({ outcome: 'revised', revision: 1 });
    expect((await revisionsOf(world.postgres, { from: '2026-01-20', to: '2026-01-21' }, 1))[0]?.reason).toBe('replay');
  });

  it('counts what people enter by hand, and shows it as manual', async () => {
    await world.postgres.query(manualLeadMetrics);
    await world.postgres.query(manualCosts);
    const before = await read();
    await recordDays(world, { from: '2026-01-11', to: '2026-01-12' }, now + 4000);
    const after = await read();
    expect(after.total.valueUsdMicros - before.total.valueUsdMicros).toBe(125_000_000);
    expect(after.total.costUsdMicros - before.total.costUsdMicros).toBe(24_500_000);
    expect(after.total.manualValueUsdMicros).toBe(125_000_000);
    expect(after.categories).toContainEqual({ category: 'anthropic_api', provenance: 'manual', amountUsdMicros: 24_500_000 });
    expect((await revisionsOf(world.postgres, { from: '2026-01-11', to: '2026-01-12' }, 1))[0]?.reason).toBe('manual entries');
  });

  it('keeps totals that people entered for the whole day', async () => {
    await world.postgres.query(
      `INSERT INTO business_metrics_daily (date, total_revenue_impact, total_operating_costs) VALUES ('2025-12-31', 500, 40)`,
    );
    await recordDays(world, { from: '2025-12-31', to: '2026-01-01' }, now + 5000);
    const report = await readRoi(world, everyone, { from: '2025-12-31', to: '2025-12-31' }, now);
    expect(report.total).toMatchObject({ valueUsdMicros: 500e6, manualValueUsdMicros: 500e6, costUsdMicros: 40e6 });
    expect(report.days).toMatchObject([{ provenance: 'manual' }]);
  });

  it('begins and ends at midnight of the time zone, whatever UTC says', async () => {
    const newYork = { ...world, config: { ...world.config, timeZone: 'America/New_York' } };
    // Winter time: five hours behind. The ratings of midnight UTC, and the outcomes of 23:59, are of other days there.
    const { features } = await readRoi(newYork, everyone, { from: '2026-01-07', to: '2026-01-07' }, now);
    const uses = features.map(({ usage }) => usage);
    const within = (kind: string): number =>
      events.filter(
        (one) => one.kind === kind && one.occurredAt >= Date.parse('2026-01-07T05:00Z') && one.occurredAt < Date.parse('2026-01-08T05:00Z'),
      ).length;
    expect(uses).toEqual(['lead-intelligence', 'property-intelligence', 'churn-prevention', 'ai-coaching'].map(within));
  });

  it('stays as it was, whatever statement the calculation dies at', async () => {
    await storeEvents(
      world.clickhouse,
      [eventOf('churn-prevention', '2026-01-16T15:00:00Z', { tenantId: 'acme', churned: false })],
      200_000,
    );
    const [before, day] = [await dump(), { from: '2026-01-16', to: '2026-01-17' }];
    for (const deadly of [3, 8, 12, 16, 20, 24, 28]) {
      let statements = 0;
      const dying = (tx: { query: (text: string, params?: readonly unknown[]) => Promise<unknown> }) => ({
        query(text: string, params?: readonly unknown[]) {
          statements += 1;
          return statements === deadly ? Promise.reject(new Error('died')) : tx.query(text, params);
        },
      });
      const transaction = <T>(work: (tx: never) => Promise<T>): Promise<T> => world.postgres.transaction((tx) => work(dying(tx) as never));
      const postgres = { query: world.postgres.query, transaction };
      await expect(recordDays({ ...world, postgres: postgres as never }, day, now + 6000), String(deadly)).rejects.toThrow('died');
      expect(await dump()).toEqual(before);
    }
    expect(await recordDays(world, day, now + 7000)).toMatchObject([{ outcome: 'revised' }]);
  });

  it('tells of finals and revisions once', async () => {
    const rows = await world.postgres.query<{ id: string; type: string }>('SELECT id, type FROM announcements ORDER BY id');
    expect(new Set(rows.map(({ type }) => type))).toEqual(new Set(['roi_calculation_complete']));
    expect(rows.map(({ id }) => id)).toContain('roi 2026-01-14 revision 1');
  });
});
