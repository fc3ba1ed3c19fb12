import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { build } from '../../src/api/app.ts';
import { openTestApi, type TestApi } from '../support/api.ts';
import { eventOf } from '../support/feature-events.ts';
import { storeEvents } from '../support/warehouse.ts';

let api: TestApi;
let viewer: string;
type Parameters = Record<string, string | string[]>;
const ask = (parameters: Parameters, token = viewer) => {
  const query = new URLSearchParams(Object.entries(parameters).flatMap(([name, value]) => [value].flat().map((one) => [name, one])));
  return api.ask('GET', `/api/v1/series?${query}`, token);
};
const values = async (parameters: Parameters) =>
  (await ask(parameters)).json.series[0].points.map((point: { value: number | null }) => point.value);

const lead = (at: string, responseTimeSeconds: number, changes: object = {}) =>
  eventOf('lead-intelligence', at, { tenantId: 'acme', variant: null, userId: `user ${at}`, responseTimeSeconds, ...changes });

const hour = { metric: 'response_time_seconds', from: '2026-01-11T10:00:00Z', to: '2026-01-11T11:00:00Z', step: '1h' };
const events = [
  lead('2026-01-11T10:00:10Z', 10),
  lead('2026-01-11T10:00:20Z', 20),
  lead('2026-01-11T10:40:00Z', 60, { variant: 'treatment', userId: 'user 2026-01-11T10:00:10Z' }),
  lead('2026-01-11T10:59:59Z', 110, { tenantId: 'globex' }),
  // Clocks go forward in New York on 8 March: that day has 23 hours.
  ...['2026-03-08T04:59:59Z', '2026-03-08T05:00:00Z', '2026-03-09T03:59:59Z', '2026-03-09T04:00:00Z'].map((at) => lead(at, 1)),
  lead('2026-03-15T00:00:00Z', 1),
  // In Kolkata, 18:29 is still today and 18:30 is tomorrow.
  lead('2026-04-01T18:29:59Z', 1),
  lead('2026-04-01T18:30:00Z', 3),
];

beforeAll(async () => {
  api = await openTestApi();
  api.clock.now = Date.UTC(2026, 4, 1, 12, 0, 30);
  viewer = await api.token('viewer');
  await storeEvents(api.clickhouse, events);
});
afterAll(() => api?.close());

describe('a series', () => {
  it('has every aggregate of an hour right', async () => {
    const of = async (aggregate: string) => (await values({ ...hour, aggregate }))[0];
    expect(await of('count')).toBe(4);
    expect(await of('sum')).toBe(200);
    expect(await of('mean')).toBe(50);
    expect([await of('min'), await of('max')]).toEqual([10, 110]);
    expect(await of('stddev')).toBeCloseTo(Math.sqrt((40 ** 2 + 30 ** 2 + 10 ** 2 + 60 ** 2) / 3), 9);
    expect(await of('rate')).toBeCloseTo(4 / 3600, 12);
    expect(await of('uniques')).toBe(3);
    expect(await of('value_usd')).toBe(47.222222);
    // Of four values, the lower neighbour of the rank: the third for p99, the second for p50.
    expect((await of('p99')) / 60).toBeCloseTo(1, 1);
    expect((await of('p50')) / 20).toBeCloseTo(1, 1);
  });

  it('names the unit, the step, the tier, and what stands behind each point', async () => {
    const { json } = await ask(hour);
    expect(json).toEqual({
      metric: 'response_time_seconds',
      aggregate: 'mean',
      unit: 's',
      step: '1h',
      timeZone: 'UTC',
      from: '2026-01-11T10:00:00.000Z',
      to: '2026-01-11T11:00:00.000Z',
      tier: '1h',
      series: [{ labels: {}, points: [{ at: '2026-01-11T10:00:00.000Z', value: 50 }] }],
    });
  });

  it('is filled where nothing happened, as asked', async () => {
    const quarter = { ...hour, step: '15m', aggregate: 'count' };
    expect(await values(quarter)).toEqual([2, null, 1, 1]);
    expect(await values({ ...quarter, fill: 'zero' })).toEqual([2, 0, 1, 1]);
    expect(await values({ ...quarter, fill: 'previous' })).toEqual([2, 2, 1, 1]);
    expect(await values({ ...quarter, fill: 'none' })).toEqual([2, 1, 1]);
    expect(await values({ ...quarter, tenant: 'nobody' })).toEqual([null, null, null, null]);
  });

  it('is split and narrowed by tenant, feature and variant', async () => {
    const { json } = await ask({ ...hour, aggregate: 'count', groupBy: ['tenant', 'variant'] });
    expect(json.series.map((line: { labels: object; points: { value: number }[] }) => [line.labels, line.points[0]?.value])).toEqual([
      [{ tenant: 'acme', variant: '' }, 2],
      [{ tenant: 'acme', variant: 'treatment' }, 1],
      [{ tenant: 'globex', variant: '' }, 1],
    ]);
    expect(await values({ ...hour, tenant: 'acme' })).toEqual([30]);
    expect(await values({ ...hour, variant: '' })).toEqual([140 / 3]);
    expect(await values({ ...hour, feature: 'ai_coaching' })).toEqual([null]);
  });

  it('answers the same from every tier', async () => {
    const day = { metric: hour.metric, from: '2026-01-11', to: '2026-01-12', aggregate: 'sum', fill: 'none' };
    const sumOf = async (step: string) => {
      const { json } = await ask({ ...day, step });
      return [json.tier, json.series[0].points.reduce((sum: number, point: { value: number }) => sum + point.value, 0)];
    };
    const sums = await Promise.all(['1m', '30m', '1h', '1d', '1w', '1mo'].map(sumOf));
    expect(sums).toEqual(['1m', '1m', '1h', '1d', '1d', '1d'].map((tier) => [tier, 200]));
    // The year holds the days in spring as well.
    expect(await sumOf('1y')).toEqual(['1d', 209]);
  });

  it('follows the days of a time zone through a change of clocks', async () => {
    const days = {
      metric: hour.metric,
      aggregate: 'count',
      step: '1d',
      from: '2026-03-07',
      to: '2026-03-10',
      timeZone: 'America/New_York',
    };
    const { json } = await ask(days);
    expect(json.tier).toBe('1h');
    expect(json.series[0].points).toEqual([
      { at: '2026-03-07T05:00:00.000Z', value: 1 },
      { at: '2026-03-08T05:00:00.000Z', value: 2 },
      { at: '2026-03-09T04:00:00.000Z', value: 1 },
    ]);
    expect((await values({ ...days, aggregate: 'rate' }))[1]).toBeCloseTo(2 / (23 * 3600), 12);
    const months = await ask({ ...days, step: '1mo', from: '2026-03-01', to: '2026-05-01' });
    expect(months.json.series[0].points.map((point: { value: number }) => point.value)).toEqual([5, 2]);
  });

  it('takes minutes where a zone is off the hour', async () => {
    const { json } = await ask({
      metric: hour.metric,
      aggregate: 'sum',
      step: '1d',
      from: '2026-04-01',
      to: '2026-04-03',
      timeZone: 'Asia/Kolkata',
    });
    expect(json.tier).toBe('1m');
    expect(json.series[0].points.map((point: { value: number }) => point.value)).toEqual([1, 3]);
  });

  it('is by default the day up to now, in steps of a readable number', async () => {
    const { json } = await ask({ metric: hour.metric });
    expect(json).toMatchObject({ step: '10m', from: '2026-04-30T12:00:00.000Z', to: '2026-05-01T12:10:00.000Z' });
    expect(json.series[0].points).toHaveLength(145);
  });
});

describe('a question that cannot be answered', () => {
  const problemOf = async (parameters: Parameters) => {
    const { status, json } = await ask(parameters);
    return [status, ...(json.problems ?? []).map((one: { field: string; expected: string }) => `${one.field}: ${one.expected}`)];
  };

  it('is told what would be right', async () => {
    const year = { metric: 'm', from: '2025-01-01', to: '2026-01-01' };
    expect(await problemOf({ ...year, step: '1m' })).toEqual([400, 'step: 1h or longer for this range: at most 11000 points']);
    expect(await problemOf({ ...year, from: '2026-01-01' })).toEqual([400, 'from: earlier than 2026-01-01T00:00:00.000Z']);
    expect(await problemOf({ ...year, timeZone: 'Mars/Olympus' })).toEqual([
      400,
      'timeZone: an IANA time zone, for example America/New_York',
    ]);
    expect(await problemOf({ ...year, aggregate: 'p0' })).toEqual([400, 'aggregate: above p0, for example p95']);
  });

  it('is told every fault at once', async () => {
    const [status, ...faults] = await problemOf({ step: '7m', aggregate: 'median', from: 'yesterday', colour: 'red', groupBy: 'user' });
    expect(status).toBe(400);
    expect(faults.map((fault) => fault.split(':')[0]).sort()).toEqual(['aggregate', 'colour', 'from', 'groupBy.0', 'metric', 'step']);
    expect(faults).toContainEqual(expect.stringMatching(/^from: text of the format date-time or text of the format date/));
    expect(faults).toContainEqual(expect.stringMatching(/^colour: no such name; known are metric, feature/));
  });

  it('is refused when the answer would be too long only because of its groups', async () => {
    const many = Array.from({ length: 120 }, (_, i) => lead('2026-04-20T10:00:00Z', 1, { tenantId: `many ${i}` }));
    await storeEvents(api.clickhouse, many, 1000);
    const question = { metric: hour.metric, from: '2026-04-20T10:00:00Z', to: '2026-04-20T12:00:00Z', step: '1m', groupBy: 'tenant' };
    expect(await problemOf(question)).toEqual([400, 'groupBy: a longer step, a shorter range, or a narrower question']);
    expect((await ask({ ...question, fill: 'none' })).json.series).toHaveLength(120);
  });

  it('is refused when its tier is no longer kept that far back', async () => {
    const app = build({ ...api.deps, config: { ...api.config, retentionMinuteDays: 30, retentionHourDays: 60 } });
    const status = async (step: string) => {
      const url = `/api/v1/series?metric=m&from=2026-02-01&to=2026-02-02&step=${step}`;
      return (await app.inject({ url, headers: { authorization: `Bearer ${viewer}` } })).statusCode;
    };
    expect([await status('1m'), await status('1h'), await status('1d')]).toEqual([400, 400, 200]);
    await app.close();
  });
});
