import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openTestApi, type TestApi } from '../support/api.ts';
import { eventually } from '../support/eventually.ts';
import { DAY, END, eventsOf, METRIC, START, simulatedUnits } from '../support/experiment-world.ts';
import { eventOf } from '../support/feature-events.ts';
import { definition } from '../support/flags.ts';
import { storeEvents } from '../support/warehouse.ts';

let api: TestApi;
let viewer: string;
const units = simulatedUnits(300, 2);
const path = '/api/v1/experiments/reading/results';
const results = (parameters: string, options = {}) => api.ask('GET', `${path}?${parameters}`, viewer, options);
const period = `from=${new Date(START).toISOString()}&to=${new Date(END).toISOString()}`;

beforeAll(async () => {
  api = await openTestApi();
  api.clock.now = END;
  viewer = await api.token('viewer');
  await storeEvents(
    api.clickhouse,
    units.flatMap((unit) => eventsOf(unit, 'acme')),
  );
});
afterAll(() => api?.close());

describe('the result of an experiment over HTTP', () => {
  it('carries the evidence: both arms, the effect, its intervals, every p-value by name, the policy and its version', async () => {
    const { status, json } = await results(`metric=${METRIC}&guardrail=${METRIC}@30&${period}`);
    expect(status).toBe(200);
    expect(json).toMatchObject({
      feature: 'reading',
      period: { from: new Date(START).toISOString(), to: new Date(END).toISOString() },
      arms: { control: 'control', treatment: 'treatment' },
      policy: 'sequential',
      policyVersion: 1,
      stage: 'beta_25',
      recommendation: expect.stringMatching(/^(roll_forward|continue|rollback)$/),
      goals: [{ metric: METRIC, control: { n: expect.any(Number) }, interval: [expect.any(Number), expect.any(Number)] }],
      guardrails: [{ metric: METRIC, margin: { relative: 0.3, absolute: 0 }, verdict: 'not_inferior' }],
      looks: [],
    });
    for (const name of ['pValueOfDifference', 'pValueOfLift', 'sequentialPValue', 'adjustedPValue'])
      expect(json.goals[0][name], name).toBeLessThanOrEqual(1);
    expect(json.goals[0].effect).toBeCloseTo(json.goals[0].treatment.mean - json.goals[0].control.mean, 12);
  });

  it('is the last 30 days up to the end of today unless said otherwise, so that it is the same all day', async () => {
    const first = await results(`metric=${METRIC}`);
    expect(first.json.period).toEqual({
      from: new Date(END - 29 * DAY).toISOString(),
      to: new Date(END + DAY).toISOString(),
    });
    api.clock.now = END + 5 * 3_600_000;
    const later = await results(`metric=${METRIC}`, { headers: { 'if-none-match': String(first.headers['etag']) } });
    expect(later.status).toBe(304);
    api.clock.now = END;
  });

  it('has another tag as soon as an event of the feature is stored', async () => {
    const first = await results(`metric=${METRIC}&${period}`);
    const [unit] = units;
    const more = eventOf('custom-metrics', '2026-01-19T23:00:00Z', {
      tenantId: 'acme',
      userId: unit?.id ?? '',
      featureId: 'reading',
      metric: METRIC,
      value: 500,
    });
    await storeEvents(api.clickhouse, [more], 500_000);
    const next = await results(`metric=${METRIC}&${period}`, { headers: { 'if-none-match': String(first.headers['etag']) } });
    expect(next.status).toBe(200);
    expect(next.json.goals).not.toEqual(first.json.goals);
  });

  it('follows the flag of the feature: its variants and its unit', async () => {
    const variants = [
      { name: 'treatment', value: false, weight: 1 },
      { name: 'control', value: true, weight: 1 },
    ];
    await api.deps.flags.create(
      definition({ id: 'reading', variants, defaultVariant: 'treatment', gaVariant: 'control', stage: 'beta_10' }),
      {
        by: 'someone',
        reason: 'the other way round',
      },
    );
    await eventually(() => expect(api.deps.flagReader.get('reading')).not.toBeNull());
    const [flagged, named] = await Promise.all([
      results(`metric=${METRIC}&${period}`),
      results(`metric=${METRIC}&${period}&control=control&treatment=treatment`),
    ]);
    expect(flagged.json.arms).toEqual({ control: 'treatment', treatment: 'control' });
    expect(flagged.json.goals[0].effect).toBeCloseTo(-named.json.goals[0].effect, 9);
    const { json } = await api.ask('GET', '/api/v1/experiments', viewer);
    expect(json.experiments).toMatchObject([{ feature: 'reading', flag: 'reading', stage: 'beta_10' }]);
  });

  it('has looks by day where they are asked for', async () => {
    const { json } = await results(`metric=${METRIC}&looks=daily&${period}`);
    expect(json.looks).toHaveLength(10);
    expect(json.looks.at(-1)).toMatchObject({ at: new Date(END).toISOString(), recommendation: json.recommendation });
  });
});

describe('a question that cannot be answered', () => {
  it.each([
    ['metric=Pages', 'metric'],
    [`metric=${METRIC}:p0`, 'metric'],
    [`metric=${METRIC}:ratio:`, 'metric'],
    [`metric=${METRIC}&guardrail=x@lots`, 'guardrail'],
    [`metric=${METRIC}&policy=hopeful`, 'policy'],
    [`metric=${METRIC}&alpha=0`, 'alpha'],
    [`metric=${METRIC}&from=2026-01-15&to=2026-01-15`, 'from'],
    [`metric=${METRIC}&control=a&treatment=a`, 'treatment'],
    [`metric=${METRIC}:p90&looks=daily`, 'looks'],
    [`metric=${METRIC}&looks=daily&from=2025-06-01`, 'looks'],
    ['guardrail=x', 'metric'],
  ])('is told what would be right: %s', async (parameters, field) => {
    const { status, json } = await results(parameters);
    expect(status).toBe(400);
    expect(json.problems.map((problem: { field: string }) => problem.field.split('.')[0])).toContain(field);
  });

  it('is refused where raw events are no longer kept', async () => {
    const { build } = await import('../../src/api/app.ts');
    const app = build({ ...api.deps, config: { ...api.config, retentionRawDays: 5 } });
    const response = await app.inject({ url: `${path}?metric=${METRIC}&${period}`, headers: { authorization: `Bearer ${viewer}` } });
    expect([response.statusCode, response.json().problems[0].field]).toEqual([400, 'from']);
    await app.close();
  });
});
