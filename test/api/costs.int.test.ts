import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ensureTopics } from '../../src/adapters/kafka/admin.ts';
import { createKafka } from '../../src/adapters/kafka/client.ts';
import { createRegistry } from '../../src/adapters/registry.ts';
import { focusRowsOfJson } from '../../src/domain/focus/file.ts';
import { importCosts, sendDueCosts } from '../../src/query/cost-import.ts';
import { costsOfDays } from '../../src/query/costs.ts';
import { scopeOf } from '../../src/query/scope.ts';
import { NOW, openTestApi, type TestApi } from '../support/api.ts';
import { eventsOn } from '../support/emitted.ts';
import { eventOf } from '../support/feature-events.ts';
import { focusCsv, focusRow } from '../support/focus.ts';
import { storeEvents } from '../support/warehouse.ts';

let api: TestApi;
let operator: string;
const stored = new Set<string>();

beforeAll(async () => {
  api = await openTestApi();
  await Promise.all([
    ensureTopics(createKafka(api.config, api.deps.log), api.config),
    createRegistry(api.config, api.deps.log).registerAll(),
  ]);
  operator = await api.token('operator');
});
afterAll(() => api?.close());

const csv = (rows: object[], query = '', token = operator) =>
  api.ask('POST', `/api/v1/costs/import${query}`, token, { payload: focusCsv(rows as []), headers: { 'content-type': 'text/csv' } });

/** What is on the topic and not yet in the table, as the store would put it there. */
async function storeSent(): Promise<number> {
  const events = await eventsOn(api.config, 'operating-costs');
  const nameOf = ({ eventId, revision }: (typeof events)[number]): string => `${eventId} ${revision}`;
  const fresh = [...new Map(events.map((event) => [nameOf(event), event])).values()].filter((event) => !stored.has(nameOf(event)));
  await storeEvents(api.clickhouse, fresh, stored.size);
  for (const event of fresh) stored.add(nameOf(event));
  return fresh.length;
}
const sendNothing = async (events: readonly unknown[]) => expect(events).toEqual([]);
const costs = async (query: string, token = operator) => (await api.ask('GET', `/api/v1/costs?${query}`, token)).json;

describe('an invoice', () => {
  const month = focusRow({
    ServiceName: 'Support',
    Tags: '',
    ChargePeriodStart: '2026-01-09T00:00:00Z',
    ChargePeriodEnd: '2026-01-12T00:00:00Z',
    EffectiveCost: '100',
  });
  const credit = focusRow({ ChargeCategory: 'Credit', EffectiveCost: '-4.50' });

  it('with a fault is refused as a whole, naming its lines and columns', async () => {
    const { status, json } = await csv([focusRow(), focusRow({ EffectiveCost: 'x' }), focusRow({ BillingCurrency: 'GBP' })]);
    expect([status, json.problems.map(({ field }: { field: string }) => field)]).toEqual([
      422,
      ['line 3, EffectiveCost', 'line 4, BillingCurrency'],
    ]);
    expect(await storeSent()).toBe(0);
  });

  it('is judged without being imported', async () => {
    const { json } = await csv([focusRow(), month, credit], '?dryRun=true');
    expect(json).toEqual({
      rows: 3,
      added: 3,
      changed: 0,
      unchanged: 0,
      retracted: 0,
      manualDays: 0,
      amountUsd: '120.000000',
      dryRun: true,
    });
    expect(await storeSent()).toBe(0);
  });

  it('is stated day by day to the cent, and counts once however often it is imported', async () => {
    expect((await csv([focusRow(), month, credit])).json).toMatchObject({ added: 3, dryRun: false });
    expect(await storeSent()).toBe(5);
    expect((await csv([focusRow(), month, credit])).json).toMatchObject({ added: 0, unchanged: 3 });
    expect(await storeSent()).toBe(0);
    expect((await costs('from=2026-01-09&to=2026-01-11&by=day&by=feature&by=provenance')).costs).toEqual([
      { day: '2026-01-09', feature: 'platform', provenance: 'event', amountUsd: '33.340000' },
      { day: '2026-01-09', feature: 'platform', provenance: 'recurring', amountUsd: '65.760000' },
      { day: '2026-01-10', feature: 'ai_coaching', provenance: 'event', amountUsd: '20.000000' },
      { day: '2026-01-10', feature: 'platform', provenance: 'event', amountUsd: '33.330000' },
      { day: '2026-01-10', feature: 'platform', provenance: 'recurring', amountUsd: '65.750000' },
      { day: '2026-01-11', feature: 'platform', provenance: 'event', amountUsd: '33.330000' },
      { day: '2026-01-11', feature: 'platform', provenance: 'recurring', amountUsd: '65.750000' },
    ]);
  });

  it('that was corrected corrects its charges, and one that is whole takes back what it no longer has', async () => {
    expect((await csv([focusRow({ EffectiveCost: '30' }), month])).json).toMatchObject({ changed: 1, unchanged: 1, retracted: 0 });
    expect(await storeSent()).toBe(1);
    expect((await csv([focusRow({ EffectiveCost: '30' }), month], '?replace=true')).json).toMatchObject({ unchanged: 2, retracted: 1 });
    expect(await storeSent()).toBe(1);
    const { totalUsd } = await costs('from=2026-01-10&to=2026-01-10&feature=ai_coaching');
    expect(totalUsd).toBe('30.000000');
    const [row] = await api.postgres.query<{ n: number }>('SELECT count(*) AS n FROM cost_charge_versions');
    expect(row?.n).toBe(5);
  });

  it('that is imported twice at once is booked once', async () => {
    const rows = [focusRow({ ResourceId: 'twice' }), focusRow({ ResourceId: 'twice', ServiceName: 'other' })];
    const answers = await Promise.all([csv(rows), csv(rows), csv(rows)]);
    expect(answers.map(({ json }) => [json.added, json.unchanged]).sort()).toEqual([
      [0, 2],
      [0, 2],
      [2, 0],
    ]);
    expect(await storeSent()).toBe(2);
  });

  it('replaces only what it names', async () => {
    const { status, json } = await csv([focusRow({ BillingAccountId: '' })], '?replace=true');
    expect([status, json.problems[0].expected]).toEqual([422, expect.stringContaining('BillingAccountId')]);
  });

  it('whose sending was cut off is sent when it is imported again', async () => {
    const rows = focusRowsOfJson([focusRow({ ResourceId: 'cut off' })]);
    const options = { by: 'a test', now: NOW, older: 'refuse' as const, replace: false, dryRun: false, onlyTenant: null };
    const away = () => Promise.reject(new Error('away'));
    await expect(importCosts(api.postgres, away, rows, api.config, options)).rejects.toThrow('away');
    const sent: unknown[] = [];
    const send = async (events: readonly unknown[]) => void sent.push(...events);
    expect(await importCosts(api.postgres, send, rows, api.config, options)).toMatchObject({ added: 0, unchanged: 1 });
    expect(sent).toMatchObject([{ revision: 0, amountUsd: '24.500000' }]);
  });

  it('for days to come is stated as they begin', async () => {
    const row = focusRow({ ChargePeriodStart: '2026-01-14T00:00:00Z', ChargePeriodEnd: '2026-01-18T00:00:00Z', EffectiveCost: '40' });
    expect((await csv([row])).json).toMatchObject({ added: 1 });
    expect(await storeSent()).toBe(2);
    const sent: string[] = [];
    const send = async (events: readonly { occurredAt: number }[]) =>
      void sent.push(...events.map(({ occurredAt }) => new Date(occurredAt).toISOString()));
    expect(await sendDueCosts(api.postgres, send, NOW)).toBe(0);
    expect(await sendDueCosts(api.postgres, send, NOW + 10 * 86_400_000)).toBe(2);
    expect(sent).toEqual(['2026-01-16T00:00:00.000Z', '2026-01-17T00:00:00.000Z']);
    expect(await sendDueCosts(api.postgres, send, NOW + 10 * 86_400_000)).toBe(0);
  });

  it('older than the retention is refused with the reason, or kept as manual rows that replace estimates too', async () => {
    const old = focusRow({
      ChargePeriodStart: '2025-06-01T00:00:00Z',
      ChargePeriodEnd: '2025-06-03T00:00:00Z',
      Tags: '',
      EffectiveCost: '3',
    });
    const config = { ...api.config, retentionRawDays: 90 };
    const take = (row: object, older: 'refuse' | 'manual') =>
      importCosts(api.postgres, sendNothing, focusRowsOfJson([row]), config, {
        by: 'a test',
        now: NOW,
        older,
        replace: false,
        dryRun: false,
        onlyTenant: null,
      });
    await expect(take(old, 'refuse')).rejects.toMatchObject({
      problems: [{ expected: expect.stringContaining('past the retention of raw events') }],
    });
    expect(await take(old, 'manual')).toMatchObject({ added: 1, manualDays: 2 });
    expect(await take({ ...old, EffectiveCost: '5' }, 'manual')).toMatchObject({ changed: 1, manualDays: 2 });
    await storeEvents(
      api.clickhouse,
      [eventOf('operating-costs', '2025-06-02T10:00:00Z', { tenantId: 'acme', category: 'salaries', amountUsd: '7' })],
      900,
    );
    expect((await costs('from=2025-06-02&to=2025-06-02&by=category&by=provenance')).costs).toEqual([
      { category: 'ai_and_machine_learning', provenance: 'manual', amountUsd: '2.500000' },
      { category: 'infrastructure', provenance: 'recurring', amountUsd: '65.750000' },
      { category: 'salaries', provenance: 'event', amountUsd: '7.000000' },
    ]);
    expect(await storeSent()).toBe(0);
  });
});

describe('one tenant', () => {
  it('sees the costs that it caused, and states its own only', async () => {
    const acme = await api.token('operator', 'acme');
    const mine = await costs('from=2026-01-10&to=2026-01-10&by=tenant', acme);
    expect(mine.costs).toEqual([{ tenant: 'acme', amountUsd: '79.000000' }]);
    const foreign = await csv([focusRow({ Tags: '{"tenant":"globex"}' })], '', acme);
    expect([foreign.status, foreign.json.problems[0]]).toEqual([
      403,
      { field: 'line 2, Tags', value: 'globex', expected: "acme, the token's tenant" },
    ]);
    expect((await csv([focusRow({ Tags: '', ResourceId: 'own' })], '?dryRun=true', acme)).json).toMatchObject({ added: 1 });
    expect((await csv([focusRow()], '', await api.token('viewer'))).status).toBe(403);
  });

  it('has what people wrote by hand for it, and platform-wide rows count for all only', async () => {
    await api.postgres.query(
      "INSERT INTO operating_costs_daily (date, cost_category, amount, tenant_id) VALUES ('2026-01-08', 'api', 2.25, 'acme'), ('2026-01-08', 'api', 1, NULL)",
    );
    const span = { from: '2026-01-08', to: '2026-01-09' };
    const deps = { ...api.deps };
    expect((await costsOfDays(deps, scopeOf('acme'), span)).map(({ amountUsdMicros }) => amountUsdMicros)).toEqual([2_250_000]);
    expect((await costsOfDays(deps, scopeOf(null), span)).map(({ provenance, tenantId }) => `${provenance} ${tenantId}`)).toEqual([
      'manual acme',
      'manual null',
      'recurring null',
    ]);
  });

  it('is told what is wrong with its days', async () => {
    for (const query of ['from=2026-01-12&to=2026-01-11', 'to=2026-02-01', 'from=2001-01-01', 'from=2026-02-30'])
      expect((await api.ask('GET', `/api/v1/costs?${query}`, operator)).status).toBe(400);
  });
});

describe('whatever is imported', () => {
  it('is booked or refused with its faults, never an error of ours', async () => {
    const odd = fc.constantFrom(
      '',
      '0',
      '-1e-7',
      'NaN',
      '\u0000',
      'a\ud83d',
      '😀'.repeat(800),
      '{"tenant":"\u0000"}',
      '{"a":{"b":1}}',
      '2026-01-10T00:00:00Z',
      null,
      7,
      [],
      {},
    );
    const column = fc.constantFrom(...Object.keys(focusRow()), 'ResourceId', 'ChargeClass', 'x_UsdRate', '__proto__', 'nonsense');
    const row = fc.dictionary(column, odd, { maxKeys: 3 }).map((changes) => focusRow(changes));
    await fc.assert(
      fc.asyncProperty(fc.array(row, { maxLength: 3 }), async (rows) => {
        const { status, text } = await api.ask('POST', '/api/v1/costs', operator, { payload: { rows } });
        expect([200, 400, 422], text).toContain(status);
      }),
      { numRuns: 60 },
    );
    // Throws for the first event that the door would refuse.
    await eventsOn(api.config, 'operating-costs');
  });
});
