/** The figures that only the dashboard asks for agree with those that everyone asks for. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openTestApi, type TestApi } from '../support/api.ts';
import { eventOf } from '../support/feature-events.ts';
import { storeEvents } from '../support/warehouse.ts';

let api: TestApi;
let operator: string;
const json = { 'content-type': 'application/json' };

beforeAll(async () => {
  api = await openTestApi();
  operator = await api.token('operator');
  const lead = (day: number, user: string, responseTimeSeconds: number) =>
    eventOf('lead-intelligence', `2026-01-${day}T09:00:00Z`, { tenantId: 'acme', userId: user, responseTimeSeconds });
  const failed = [0, 0, 1, 1].map((value, i) =>
    eventOf('custom-metrics', `2026-01-14T10:00:0${i}Z`, {
      tenantId: 'acme',
      userId: 'u3',
      metric: 'request_error',
      value,
      valueUsd: null,
    }),
  );
  const answered = (time: string, ok: boolean, tenantId: string) =>
    eventOf('request-telemetry', `2026-01-15T${time}Z`, {
      tenantId,
      featureId: 'platform',
      userId: null,
      service: 'websocket',
      latencyMs: ok ? 80 : 40,
      ok,
    });
  const requests = [
    answered('08:10:00', true, 'acme'),
    answered('08:11:00', false, 'acme'),
    answered('11:40:00', true, 'acme'),
    answered('11:40:01', false, 'other'),
    answered('11:40:02', true, 'other'),
  ];
  await storeEvents(api.clickhouse, [lead(13, 'u1', 20), lead(14, 'u1', 30), lead(14, 'u2', 40), ...failed, ...requests]);
});
afterAll(() => api?.close());

describe('the days of a range', () => {
  it('are what each day says by itself, and empty days are there', async () => {
    const { json: range } = await api.ask('GET', '/api/v1/business-impact/days?from=2026-01-12&to=2026-01-14', operator);
    expect(range.days.map(({ date, n }: { date: string; n: number }) => [date, n])).toEqual([
      ['2026-01-12', 0],
      ['2026-01-13', 1],
      ['2026-01-14', 2],
    ]);
    // 870 s and 860 s that an agent did not need, at $50 an hour, each to the millionth.
    expect(range.days[2].valueUsd).toBe('24.027777');
  });

  it('are refused when they are too many, by the name of the field', async () => {
    const { status, json: problem } = await api.ask('GET', '/api/v1/business-impact/days?from=2020-01-01', operator);
    expect([status, problem.problems[0].field]).toEqual([400, 'from']);
  });
});

it('counts the users of a feature among the active ones', async () => {
  const { json: adoption } = await api.ask('GET', '/api/v1/adoption?period=last7d', operator);
  expect(adoption).toMatchObject({
    activeUsers: 3,
    features: [{ feature: 'realtime_intelligence', users: 2, adoptionPercent: expect.closeTo(66.667, 2) }],
  });
});

describe('the performance of the last day', () => {
  type Measure = { metric: string; state: string; value: number | null; points: { at: string; value: number | null }[] };
  async function ofTenant(tenant: string | null): Promise<Map<string, Measure>> {
    const { json: answer } = await api.ask('GET', '/api/v1/performance', await api.token('viewer', tenant));
    return new Map((answer.measures as Measure[]).map((one) => [one.metric, one]));
  }

  it('is that of the last hour that held requests, and uptime that of all minutes with requests', async () => {
    const measures = await ofTenant('acme');
    expect(measures.get('websocket_latency_ms')).toMatchObject({ value: 80, target: 50, state: 'within', title: 'WebSocket latency' });
    expect(measures.get('error_rate_percent')).toMatchObject({ value: 0, state: 'met', measuredBy: 'request_error' });
    expect(measures.get('uptime_percent')).toMatchObject({ value: expect.closeTo(66.667, 2), target: 99.9 });
    expect(measures.get('vision_analysis_latency_ms')).toMatchObject({ value: null, state: 'unknown' });
    const points = measures.get('error_rate_percent')?.points.filter(({ value }) => value !== null);
    expect([measures.get('error_rate_percent')?.points.length, points?.map(({ value }) => value)]).toEqual([24, [50, 0]]);
  });

  it('is of all tenants for whoever sees all of them', async () => {
    const measures = await ofTenant(null);
    expect(measures.get('error_rate_percent')).toMatchObject({ value: expect.closeTo(33.333, 2) });
  });
});

it('lists the events behind a figure, those with the highest values first where that is asked for', async () => {
  const ask = (order: string) =>
    api.ask('GET', `/api/v1/events?metric=response_time_seconds&from=2026-01-13&to=2026-01-15&order=${order}`, operator);
  const values = async (order: string) => (await ask(order)).json.events.map(({ value }: { value: number }) => value);
  expect(await values('highest')).toEqual([40, 30, 20]);
  expect(await values('lowest')).toEqual([20, 30, 40]);
});

it('previews a rule over what is stored, and stores nothing', async () => {
  const rule = {
    id: 'p',
    title: 'P',
    metric: 'request_error',
    statistic: 'percent',
    window: '1m',
    comparison: 'above',
    critical: 40,
    minSample: 2,
  };
  const { json: preview } = await api.ask('POST', '/api/v1/rules/preview?days=3', operator, {
    payload: JSON.stringify(rule),
    headers: json,
  });
  expect(preview).toMatchObject({ tested: true, alerts: 1 });
  expect(preview.transitions[0]).toMatchObject({
    at: '2026-01-14T10:01:00.000Z',
    transition: 'opened',
    severity: 'critical',
    value: 50,
    n: 4,
  });
  expect((await api.ask('GET', '/api/v1/rules/p', operator)).status).toBe(404);
});

it('says that this process cannot replay or redrive when it was not made to', async () => {
  const day = JSON.stringify({ from: '2026-01-14', to: '2026-01-14' });
  const replay = await api.ask('POST', '/api/v1/replays', operator, { payload: day, headers: json });
  const redrive = await api.ask('POST', '/api/v1/dead-letters/redrive', operator, { payload: '{}', headers: json });
  expect([replay.status, redrive.status]).toEqual([503, 503]);
});
