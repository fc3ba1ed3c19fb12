import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { build } from '../../src/api/app.ts';
import { manualCosts, manualLeadMetrics } from '../seeds/statements.ts';
import { openTestApi, type TestApi } from '../support/api.ts';
import { eventOf } from '../support/feature-events.ts';
import { storeEvents } from '../support/warehouse.ts';

let api: TestApi;
let viewer: string;
const get = (url: string, token = viewer) => api.ask('GET', `/api/v1/business-impact${url}`, token);

const acme = { tenantId: 'acme' };
/** 11 January: 900-30 s saved is $12.083333; 60 minutes late in New York it is still the 10th. */
const events = [
  eventOf('lead-intelligence', '2026-01-11T10:00:05Z', { ...acme, responseTimeSeconds: 30 }),
  eventOf('lead-intelligence', '2026-01-11T10:00:06Z', { ...acme, responseTimeSeconds: 30 }),
  eventOf('lead-intelligence', '2026-01-11T03:30:00Z', { ...acme, responseTimeSeconds: 900 }),
  eventOf('churn-prevention', '2026-01-11T23:59:59Z', { ...acme, churned: false }),
  eventOf('ai-coaching', '2026-01-12T00:00:00Z', { ...acme, sessionDurationMinutes: 20 }),
  eventOf('property-intelligence', '2026-01-11T12:00:00Z', { ...acme, satisfactionScore: 93 }),
  eventOf('property-intelligence', '2026-01-11T12:00:00Z', { tenantId: 'globex', satisfactionScore: 86 }),
  eventOf('operating-costs', '2026-01-11T00:00:00Z', { ...acme, amountUsd: '24.50' }),
  eventOf('lead-intelligence', '2026-01-15T11:59:10Z', { ...acme, responseTimeSeconds: 60 }),
  eventOf('request-telemetry', '2026-01-11T10:00:00Z', acme),
];

beforeAll(async () => {
  api = await openTestApi({ env: { COSTS_RECURRING: '' } });
  viewer = await api.token('viewer');
  await storeEvents(api.clickhouse, events);
});
afterAll(() => api?.close());

describe('the business impact of a day', () => {
  it('is value by the formulas, costs, net, ROI and usage, exact to the micro', async () => {
    const { status, json } = await get('/daily/2026-01-11');
    expect(status).toBe(200);
    expect(json.period).toEqual({ from: '2026-01-11T00:00:00.000Z', to: '2026-01-12T00:00:00.000Z', timeZone: 'UTC', complete: true });
    const [lead, property, churn, coaching] = json.features;
    expect(lead).toMatchObject({ feature: 'realtime_intelligence', n: 3, valueUsd: '24.166666', directCostUsd: '0.000000' });
    expect(lead.keyMetric).toEqual({ metric: 'response_time_seconds', mean: 320, baseline: 900, target: 30, met: false });
    // One tenant 5 points above 88, one 2 below, each for a day: $68.493151 - $27.397260.
    expect(property).toMatchObject({ n: 2, valueUsd: '41.095891', annualisedValueUsd: '15000.000215' });
    expect(churn).toMatchObject({ n: 1, valueUsd: '1050.000000', keyMetric: { mean: 0, met: true } });
    expect(coaching).toMatchObject({ n: 0, valueUsd: '0.000000', keyMetric: { mean: null, met: null } });
    // The tenant's own cost names no feature, so its features bear it by what they earned.
    expect([lead, property, churn, coaching].map((one) => one.sharedCostUsd)).toEqual(['0.518162', '1.468576', '22.513262', '0.000000']);
    expect(json.costs).toEqual([{ category: 'anthropic_api', provenance: 'event', amountUsd: '24.500000' }]);
    expect(json.total).toMatchObject({
      n: 6,
      valueUsd: '1115.262557',
      costUsd: '24.500000',
      netUsd: '1090.762557',
      targetRoiPercent: 710,
      targetMet: true,
    });
    expect(json.total.roiPercent).toBeCloseTo(((1115.262557 - 24.5) / 24.5) * 100, 9);
    expect(json.total.annualTargetUsd).toEqual({ conservative: '265000.000000', optimistic: '440000.000000' });
  });

  it('begins and ends at midnight of the zone that is asked for, also off the hour', async () => {
    const newYork = await get('/daily/2026-01-10?timeZone=America/New_York');
    expect(newYork.json.period.from).toBe('2026-01-10T05:00:00.000Z');
    expect(newYork.json.features[0]).toMatchObject({ n: 1, keyMetric: { mean: 900 } });
    const kolkata = await get('/daily/2026-01-12?timeZone=Asia/Kolkata');
    expect(kolkata.json.period.from).toBe('2026-01-11T18:30:00.000Z');
    expect(kolkata.json.features.map((one: { n: number }) => one.n)).toEqual([0, 0, 1, 1]);
  });

  it('is that of one tenant when one is asked for', async () => {
    const { json } = await get('/daily/2026-01-11?tenant=globex');
    expect(json.total).toMatchObject({ n: 1, valueUsd: '-27.397260', costUsd: '0.000000', roiPercent: null, targetMet: null });
  });

  it('does not exist yet for a day to come, nor for one that is none', async () => {
    for (const [date, expected] of [
      ['2026-01-16', 'a day from 2000-01-01 to 2026-01-15, for example 2026-01-15'],
      ['2026-02-30', /date/],
    ] as const) {
      const { status, json } = await get(`/daily/${date}`);
      expect(status).toBe(400);
      expect(json.problems).toEqual([{ field: 'date', value: date, expected: expect.stringMatching(expected) }]);
    }
  });

  it('refuses days whose minutes are no longer kept, and says from when they are', async () => {
    const kept = { ...api.config, retentionMinuteDays: 90, retentionHourDays: 730 };
    const short = build({ ...api.deps, config: { ...kept, costsRecurringFrom: '2025-01-01' } });
    const young = build({ ...api.deps, config: kept });
    const daily = (zone: string, app = short) =>
      app.inject({ url: `/api/v1/business-impact/daily/2025-06-01?timeZone=${zone}`, headers: { authorization: `Bearer ${viewer}` } });
    const refused = await daily('Asia/Kolkata');
    expect(refused.statusCode).toBe(400);
    expect(refused.json().detail).toMatch(/needs minute rollups, which are kept from 2025-10-17/);
    expect((await daily('America/New_York')).statusCode).toBe(200);
    // Where nothing was known of the day, nothing is gone.
    expect((await daily('Asia/Kolkata', young)).json().total).toMatchObject({ valueUsd: '0.000000', costUsd: '0.000000' });
    await Promise.all([short.close(), young.close()]);
  });

  it('is calculated anew by an operator, and not by a viewer', async () => {
    const url = '/api/v1/business-impact/calculate/2026-01-11';
    expect((await api.ask('POST', url, viewer)).status).toBe(403);
    const { status, json, headers } = await api.ask('POST', url, await api.token('operator'));
    expect(status).toBe(200);
    expect(json.total.valueUsd).toBe('1115.262557');
    expect(json.asOf).toBe('2026-01-15T12:00:30.000Z');
    expect(headers['cache-control']).toBe('no-store');
    const [row] = await api.postgres.query(
      "SELECT total_revenue_impact, provenance, complete FROM business_metrics_daily WHERE date = '2026-01-11'",
    );
    expect(row).toEqual({ total_revenue_impact: '1115.262557', provenance: 'pipeline', complete: true });
    const [told] = await api.postgres.query<{ type: string; data: { date: string } }>('SELECT type, data FROM announcements');
    expect(told).toMatchObject({ type: 'roi_calculation_complete', data: { date: '2026-01-11', totalRevenueImpactUsd: '1115.262557' } });
  });

  it('counts what people entered by hand at once, and says how much that is', async () => {
    await api.postgres.query(manualLeadMetrics.replace('2026-01-11', '2026-01-13'));
    await api.postgres.query(manualCosts.replace('2026-01-11', '2026-01-13'));
    const { json } = await get('/daily/2026-01-13');
    expect(json.total).toMatchObject({
      valueUsd: '125.000000',
      manualValueUsd: '125.000000',
      costUsd: '24.500000',
      manualCostUsd: '24.500000',
    });
    expect(json.features[0]).toMatchObject({ n: 45, keyMetric: { mean: 750 } });
    expect(json.notes).toContain('125.000000 USD of the value was entered by hand.');
    await api.postgres.query("DELETE FROM lead_intelligence_metrics WHERE provenance = 'manual'");
    await api.postgres.query("DELETE FROM operating_costs_daily WHERE provenance = 'manual'");
  });
});

describe('the business impact of a week', () => {
  it('is that of seven days from the date, with each day beside it', async () => {
    const { json } = await get('/weekly/2026-01-06');
    expect(json.period).toMatchObject({ from: '2026-01-06T00:00:00.000Z', to: '2026-01-13T00:00:00.000Z', complete: true });
    expect(json.total).toMatchObject({ n: 7, costUsd: '24.500000' });
    expect(json.days.map(({ date, n }: { date: string; n: number }) => [date, n])).toEqual([
      ['2026-01-06', 0],
      ['2026-01-07', 0],
      ['2026-01-08', 0],
      ['2026-01-09', 0],
      ['2026-01-10', 0],
      ['2026-01-11', 6],
      ['2026-01-12', 1],
    ]);
  });

  it('is not complete while it goes on, and lists the days so far', async () => {
    const { json } = await get('/weekly/2026-01-12');
    expect(json.period.complete).toBe(false);
    expect(json.days).toHaveLength(4);
  });
});

describe('the current business impact', () => {
  it('is that of today so far, and says how fresh it is', async () => {
    const { json } = await get('/current');
    expect(json.period).toEqual({ from: '2026-01-15T00:00:00.000Z', to: '2026-01-15T12:01:00.000Z', timeZone: 'UTC', complete: false });
    expect(json.asOf).toBe('2026-01-15T12:00:00.000Z');
    expect(json.dataThrough).toBe('2026-01-15T11:59:00.000Z');
    expect(json.total).toMatchObject({ n: 1, valueUsd: '11.666667' });
  });

  it('reaches back as far as it is asked to', async () => {
    const counts = await Promise.all(
      ['last24h', 'last7d', 'last30d', 'last365d'].map(async (period) => (await get(`/current?period=${period}`)).json.total.n),
    );
    expect(counts).toEqual([1, 8, 8, 8]);
    expect((await get('/current?period=last7d')).json.period.from).toBe('2026-01-09T00:00:00.000Z');
    expect((await get('/current?tenant=silent')).json.dataThrough).toBeNull();
  });

  it('answers 304 to who has it already, until a minute or a figure changes', async () => {
    const first = await get('/current');
    const tag = String(first.headers['etag']);
    const again = () => api.ask('GET', '/api/v1/business-impact/current', viewer, { headers: { 'if-none-match': tag } });
    expect([(await again()).status, (await again()).text]).toEqual([304, '']);
    await storeEvents(api.clickhouse, [eventOf('lead-intelligence', '2026-01-15T11:30:00Z', { tenantId: 'initech' })], 500);
    expect((await again()).status).toBe(200);
  });
});

describe('the report of a span', () => {
  const report = (query = '') => api.ask('GET', `/api/v1/roi/report?${query}`, viewer);

  it('has the three figures of each feature, costs by category, each day, and what to know of them', async () => {
    const { status, json, text } = await report('from=2026-01-11&to=2026-01-12');
    expect(status, text).toBe(200);
    expect(json.period).toEqual({ from: '2026-01-11', to: '2026-01-12', timeZone: 'UTC', days: 2, complete: true });
    expect(json.total).toMatchObject({ valueUsd: '1140.262557', costUsd: '24.500000', observedUsd: '1140.262557', causalUsd: null });
    expect(json.days.map(({ date, valueUsd }: { date: string; valueUsd: string }) => [date, valueUsd])).toEqual([
      ['2026-01-11', '1115.262557'],
      ['2026-01-12', '25.000000'],
    ]);
    expect(json.notes[0]).toMatch(/\$75K-150K a year; the documents also say \$45K-60K/);
  });

  it('is of the last 30 days unless said otherwise', async () => {
    expect((await report()).json.period).toMatchObject({ from: '2025-12-17', to: '2026-01-15', days: 30, complete: false });
  });

  it('refuses spans that end before they begin, or are endless', async () => {
    expect((await report('from=2026-01-12&to=2026-01-11')).json.problems).toEqual([
      { field: 'from', value: '2026-01-12', expected: '2026-01-11 or earlier' },
    ]);
    expect((await report('from=2020-01-01')).status).toBe(400);
  });

  it('lists what changed of days that were complete, to who may see all tenants', async () => {
    await storeEvents(api.clickhouse, [eventOf('churn-prevention', '2026-01-11T22:00:00Z', { ...acme, churned: true })], 900);
    await api.ask('POST', '/api/v1/business-impact/calculate/2026-01-11', await api.token('operator'));
    const { json } = await api.ask('GET', '/api/v1/roi/revisions', viewer);
    expect(json.revisions).toMatchObject([
      { date: '2026-01-11', revision: 1, before: { valueUsd: '1115.262557' }, after: { valueUsd: '-834.737443' } },
    ]);
    expect((await get('/daily/2026-01-11')).json.calculation).toEqual({ version: 1, revisions: 1, manualDays: [] });
    expect((await api.ask('GET', '/api/v1/roi/revisions', await api.token('viewer', 'acme'))).status).toBe(403);
  });
});
