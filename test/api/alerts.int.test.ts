import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { alertRow } from '../support/alert-rows.ts';
import { openTestApi, type TestApi } from '../support/api.ts';

let api: TestApi;
let viewer: string;
const get = (url: string) => api.ask('GET', `/api/v1/alerts${url}`, viewer);
const idsOf = async (url: string): Promise<string[]> => (await get(url)).json.alerts.map((one: { id: string }) => one.id);

const escalation = [
  alertRow('a', { openedAt: '2026-01-15T10:00:00Z' }),
  alertRow('a', {
    openedAt: '2026-01-15T10:00:00Z',
    windowEnd: '2026-01-15T10:05:00Z',
    ordinal: 2,
    severity: 'critical',
    previous_severity: 'warning',
    transition: 'escalated',
    value: 7,
    previous_value: 3.5,
    threshold: 5,
  }),
  alertRow('a', {
    openedAt: '2026-01-15T10:00:00Z',
    windowEnd: '2026-01-15T10:09:00Z',
    ordinal: 3,
    severity: 'critical',
    previous_severity: 'critical',
    state: 'resolved',
    transition: 'resolved',
    reason: 'recovered',
    value: 1,
    previous_value: 7,
    threshold: 5,
  }),
];
const others = [
  alertRow('b', { openedAt: '2026-01-15T11:00:00Z', rule: 'uptime', tenant: 'acme' }),
  alertRow('c', { openedAt: '2026-01-15T11:00:00Z', severity: 'critical', feature: 'ai_coaching' }),
  alertRow('d', { openedAt: '2026-01-14T11:00:00Z', severity: 'success', value: null }),
];

beforeAll(async () => {
  api = await openTestApi();
  viewer = await api.token('viewer');
  // Twice: a record stage that repeats its work after a crash writes the same rows again.
  for (const rows of [escalation, others, escalation]) await api.clickhouse.insertRows('alerts', rows);
});
afterAll(() => api?.close());

describe('alerts', () => {
  it('are listed youngest first, each once, as its newest transition left it', async () => {
    const { json } = await get('');
    expect(json.nextCursor).toBeNull();
    expect(json.alerts.map((one: { id: string }) => one.id)).toEqual(['c', 'b', 'a', 'd']);
    expect(json.alerts[2]).toEqual({
      id: 'a',
      rule: 'error-rate',
      ruleVersion: 1,
      title: 'Error rate',
      scope: 'tenant',
      tenant: null,
      feature: null,
      metric: 'request_error',
      statistic: 'percent',
      comparison: 'above',
      openedAt: '2026-01-15T10:00:00.000Z',
      resolvedAt: '2026-01-15T10:09:00.000Z',
      acknowledgedAt: null,
      acknowledgedBy: null,
      runbook: 'docs/operating.md#error-rate',
      severity: 'critical',
      previousSeverity: 'critical',
      state: 'resolved',
      transition: 'resolved',
      reason: 'recovered',
      value: 1,
      previousValue: 7,
      threshold: 5,
      windowStart: '2026-01-15T10:08:00.000Z',
      windowEnd: '2026-01-15T10:09:00.000Z',
      n: 400,
    });
  });

  it('are filtered by what they are now, and by when they opened', async () => {
    expect(await idsOf('?state=firing')).toEqual(['c', 'b', 'd']);
    // Alert a was a warning once; it is not one now.
    expect(await idsOf('?severity=warning')).toEqual(['b']);
    expect(await idsOf('?rule=uptime')).toEqual(['b']);
    expect(await idsOf('?tenant=acme')).toEqual(['b']);
    expect(await idsOf('?feature=ai_coaching&severity=critical&state=firing')).toEqual(['c']);
    expect(await idsOf('?from=2026-01-15')).toEqual(['c', 'b', 'a']);
    expect(await idsOf('?from=2026-01-14&to=2026-01-15T11:00:00Z')).toEqual(['a', 'd']);
    expect(await idsOf('?from=2026-01-15&timeZone=Pacific/Auckland')).toEqual(['c', 'b', 'a', 'd']);
  });

  it('come in pages that miss none and repeat none, also when new ones come in between', async () => {
    const first = (await get('?limit=1')).json;
    await api.clickhouse.insertRows('alerts', [alertRow('e', { openedAt: '2026-01-15T11:30:00Z' })]);
    const second = (await get(`?limit=2&cursor=${first.nextCursor}`)).json;
    const third = (await get(`?limit=2&cursor=${second.nextCursor}`)).json;
    expect([first, second, third].map(({ alerts }) => alerts.map((one: { id: string }) => one.id))).toEqual([['c'], ['b', 'a'], ['d']]);
    expect(third.nextCursor).toBeNull();
  });

  it('refuse a cursor that is none', async () => {
    const forged = Buffer.from('{"openedAt":"now","alertId":1}').toString('base64url');
    for (const cursor of ['x', forged, Buffer.from('null').toString('base64url')]) {
      const { status, json } = await get(`?cursor=${cursor}`);
      expect(status).toBe(400);
      expect(json.problems).toEqual([{ field: 'cursor', value: cursor, expected: 'the nextCursor of an earlier answer, unchanged' }]);
    }
  });
});

describe('one alert', () => {
  it('shows all its transitions, youngest first', async () => {
    const { json } = await get('/a');
    expect(json).toMatchObject({ id: 'a', state: 'resolved' });
    expect(json.transitions.map((one: { transition: string; value: number }) => [one.transition, one.value])).toEqual([
      ['resolved', 1],
      ['escalated', 7],
      ['opened', 3.5],
    ]);
  });

  it('is a 404 when there is none', async () => {
    expect(await get('/nope')).toMatchObject({ status: 404, json: { code: 'not_found', detail: 'there is no alert nope' } });
  });
});
