/** Whatever is asked, the answer is an answer or a refusal that names the fault: never an error of ours. */
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openTestApi, type TestApi } from '../support/api.ts';
import { eventOf } from '../support/feature-events.ts';
import { storeEvents } from '../support/warehouse.ts';

let api: TestApi;
let admin: string;

beforeAll(async () => {
  api = await openTestApi();
  admin = await api.token('admin');
  await storeEvents(api.clickhouse, [eventOf('lead-intelligence', '2026-01-15T10:00:00Z')]);
});
afterAll(() => api?.close());

const times = [
  '2026-01-15',
  '2026-01-15T10:00:00Z',
  '0001-01-01',
  '9999-12-31T23:59:59Z',
  '2016-12-31T23:59:60Z',
  '1969-12-31',
  '2026-02-30',
  '2106-02-08',
  'now',
  '',
];
const odd = [
  '',
  '0',
  '-1',
  '1e309',
  'NaN',
  "'; DROP TABLE events --",
  '{x:String}',
  '\u0000',
  '\ud83d\ude80',
  '%',
  'null',
  'true',
  '[]',
  'é'.repeat(300),
  '__proto__',
];
const text = fc.oneof(fc.constantFrom(...odd), fc.string({ maxLength: 40 }));
const time = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(...times.slice(0, 2)) },
  { weight: 2, arbitrary: fc.constantFrom(...times) },
  { weight: 1, arbitrary: text },
);
const known = <T extends string>(...values: T[]) =>
  fc.oneof({ weight: 15, arbitrary: fc.constantFrom<string>(...values) }, { weight: 1, arbitrary: text });

const query = fc.record(
  {
    metric: known('response_time_seconds', 'cost_usd'),
    feature: known('realtime_intelligence'),
    tenant: known('tenant_123'),
    variant: known('treatment'),
    from: time,
    to: time,
    step: known('1m', '1h', '1d', '1w', '1mo', '1y'),
    aggregate: known('mean', 'p95', 'uniques', 'rate', 'stddev', 'value_usd', 'p00.000'),
    groupBy: known('tenant', 'feature', 'variant'),
    timeZone: known('UTC', 'Asia/Kolkata', 'America/New_York', 'Etc/GMT+12', '+05:30'),
    fill: known('none', 'null', 'zero', 'previous'),
    period: known('today', 'last24h', 'last365d'),
    limit: known('1', '1000', '1001'),
    cursor: text,
    state: known('firing'),
    colour: text,
  },
  { requiredKeys: ['metric'] },
);
const path = fc.constantFrom(
  () => '/api/v1/series',
  () => '/api/v1/alerts',
  () => '/api/v1/business-impact/current',
  (part: string) => `/api/v1/business-impact/daily/${part}`,
  (part: string) => `/api/v1/business-impact/weekly/${part}`,
  (part: string) => `/api/v1/events/${part}`,
  (part: string) => `/api/v1/alerts/${part}`,
  (part: string) => `/api/v1/rules/${part}`,
  (part: string) => `/api/v1/rules/${part}/history`,
);
/** A lone surrogate has no URL. */
const encoded = (part: string): string => encodeURIComponent(part.toWellFormed());

/** What the route knows, so that most questions get past the schema. */
const accepted: [RegExp, string[]][] = [
  [/series/, ['metric', 'feature', 'tenant', 'variant', 'from', 'to', 'step', 'aggregate', 'groupBy', 'timeZone', 'fill']],
  [/alerts$/, ['state', 'tenant', 'feature', 'from', 'to', 'timeZone', 'limit']],
  [/current/, ['tenant', 'timeZone', 'period']],
  [/daily|weekly/, ['tenant', 'timeZone']],
];

describe('any question', () => {
  it('is answered, or refused as the caller’s fault with the fields at fault', async () => {
    const seen = new Map<number, number>();
    await fc.assert(
      fc.asyncProperty(path, fc.oneof(time, text), query, fc.integer({ min: 0, max: 9 }), async (pathOf, part, parameters, chance) => {
        const url = pathOf(encoded(part));
        const names = accepted.find(([pattern]) => pattern.test(url))?.[1] ?? [];
        const kept = Object.entries(parameters).filter(([name]) => chance === 0 || names.includes(name));
        const search = kept.map(([name, value]) => `${name}=${encoded(String(value))}`).join('&');
        const { status, json } = await api.ask('GET', `${url}?${search}`, admin);
        seen.set(status, (seen.get(status) ?? 0) + 1);
        expect([200, 400, 404], `${url}?${search} -> ${JSON.stringify(json)}`).toContain(status);
        if (status === 400) expect(json.problems?.length ?? json.detail.length).toBeGreaterThan(0);
      }),
      { numRuns: 500 },
    );
    // Were nearly all refused at the schema, little would have been tried.
    expect(seen.get(200)).toBeGreaterThan(20);
  });
});
