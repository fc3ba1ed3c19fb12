/** A tenant's token never sees another tenant's rows. Held for every route that there is: one that is new and not listed here fails. */
import type { InjectOptions } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseRule } from '../../src/domain/rule.ts';
import { type Track, tracks } from '../../src/domain/track.ts';
import { enqueue } from '../../src/query/outbox.ts';
import { createRule } from '../../src/query/rules.ts';
import { alertRow } from '../support/alert-rows.ts';
import { type Answer, openTestApi, type TestApi } from '../support/api.ts';
import { eventually } from '../support/eventually.ts';
import { eventOf, uuidOf } from '../support/feature-events.ts';
import { definition } from '../support/flags.ts';
import { focusCsv, focusRow } from '../support/focus.ts';
import { storeEvents } from '../support/warehouse.ts';

const SHARED_ID = uuidOf('an id that both tenants use');
const THEIR_ID = uuidOf('an id of globex');
const rule = (tenant: string | null) => ({
  id: `errors-${tenant ?? 'all'}`,
  title: `Errors of ${tenant ?? 'all'}`,
  metric: 'request_error',
  scope: 'tenant',
  ...(tenant === null ? {} : { tenant }),
  window: '1m',
  comparison: 'above',
  critical: 5,
});

/** The same things for whichever tenant, so that a figure of one cannot be told from a figure of the other save by leaking. */
async function furnish(api: TestApi, tenantId: string, firstOffset: number): Promise<void> {
  const at = '2026-01-15T10:00:00Z';
  const events = [
    eventOf('lead-intelligence', at, { tenantId, eventId: SHARED_ID, userId: `user of ${tenantId}` }),
    eventOf('property-intelligence', at, { tenantId }),
    eventOf('operating-costs', at, { tenantId }),
    ...['control', 'treatment'].map((variant) => eventOf('flag-exposures', at, { tenantId, variant, userId: `${variant} of ${tenantId}` })),
    eventOf('custom-metrics', at, { tenantId, featureId: `feature_of_${tenantId}`, metric: `metric_of_${tenantId}` }),
    ...(tenantId === 'globex' ? [eventOf('ai-coaching', at, { tenantId, eventId: THEIR_ID })] : []),
  ];
  await storeEvents(api.clickhouse, events, firstOffset);
  await api.clickhouse.insertRows('alerts', [alertRow(`alert of ${tenantId}`, { tenant: tenantId })]);
  await storeRule(api, rule(tenantId));
  await furnishNotifications(api, tenantId);
}

/** What a tenant is told, and by what it is not told; each with the id that a token of acme must not reach. */
async function furnishNotifications(api: TestApi, tenantId: string): Promise<void> {
  const id = tenantId === 'globex' ? THEIR_ID : uuidOf(`of ${tenantId}`);
  const { postgres } = api;
  await postgres.query(
    `INSERT INTO silences (id, tenant_id, starts_at, ends_at, created_by, reason) VALUES ($1, $2, '2026-01-15', '2026-01-20', $3, 'test')`,
    [id, tenantId, `someone at ${tenantId}`],
  );
  await postgres.query(`INSERT INTO webhooks (id, tenant_id, url, events, created_by) VALUES ($1, $2, $3, '{report_ready}', 'test')`, [
    id,
    tenantId,
    `https://${tenantId}.example`,
  ]);
  const message = { channel: 'webhook' as const, target: id, payload: {}, tenantId, subject: `about ${tenantId}` };
  await enqueue(postgres, [{ key: `message of ${tenantId}`, ...message }]);
  const alert = [`alert of ${tenantId}`, 'errors', 'critical', tenantId];
  await postgres.query('INSERT INTO business_impact_alerts (alert_id, alert_type, severity, tenant_id) VALUES ($1, $2, $3, $4)', alert);
}

async function storeRule(api: TestApi, document: object): Promise<void> {
  const parsed = parseRule(document);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  await createRule(api.postgres, parsed.rule, { by: `someone at ${parsed.rule.tenant}`, reason: 'test' });
}

/** A flag is everybody's; its lists name tenants, and its rule speaks of one. */
async function storeFlag(api: TestApi): Promise<void> {
  const lists = { tenantWhitelist: ['acme', 'globex'], tenantBlacklist: ['globex'], userWhitelist: ['user of globex'] };
  const targeting = { in: [{ var: 'tenantId' }, ['globex']] };
  await api.deps.flags.create(definition({ id: 'shared', stage: 'beta_10', ...lists, targeting }), { by: 'someone', reason: 'for globex' });
  await eventually(() => expect(api.deps.flagReader.get('shared')).not.toBeNull());
}

type Asked = { url: string; options?: InjectOptions };
type Route = {
  /** What a token of acme asks of its own: answered the same whether globex exists or not. */
  own: Asked[];
  /** What it asks of globex, and the status that refuses it. */
  foreign: [Asked, number][];
};
const withTenant = (url: string): Route => ({
  own: [{ url }, { url: `${url}${url.includes('?') ? '&' : '?'}tenant=acme` }],
  foreign: [[{ url: `${url}${url.includes('?') ? '&' : '?'}tenant=globex` }, 403]],
});
const body = (payload: object, headers: Record<string, string> = {}): InjectOptions => ({ payload, headers });
const anyVersion = { 'if-match': '*' };
const series = '/api/v1/series?metric=response_time_seconds&from=2026-01-15&to=2026-01-16&step=1h';
const root = '/api/v1/business-impact';
const experiment = '/api/v1/experiments/ai_coaching/results?metric=productivity_score';
const theirRow = focusRow({ Tags: '{"tenant":"globex"}' });
const cloudEvent = {
  specversion: '1.0',
  type: 'io.impactstream.lead-intelligence',
  source: 's',
  id: SHARED_ID,
  time: '2026-01-15T10:00:00Z',
  data: { responseTimeSeconds: 1 },
};

const statedFor = (tenantId: string, { name, fields }: Track): Asked => ({
  url: `/api/v1/track/${name}`,
  options: body({ ...Object.fromEntries(fields.map(({ field, example }) => [field, example])), tenantId }),
});

/** Routes that hold no tenant's rows. */
const tenantless = ['GET /openapi.json', 'GET /health', 'GET /ready', 'GET /metrics'];

const table: Record<string, Route> = {
  [`GET ${root}/current`]: withTenant(`${root}/current`),
  [`GET ${root}/daily/:date`]: withTenant(`${root}/daily/2026-01-15`),
  [`GET ${root}/weekly/:date`]: withTenant(`${root}/weekly/2026-01-15`),
  [`POST ${root}/calculate/:date`]: withTenant(`${root}/calculate/2026-01-15`),
  [`GET ${root}/days`]: withTenant(`${root}/days`),
  'GET /api/v1/adoption': withTenant('/api/v1/adoption?period=last24h'),
  'GET /api/v1/performance': withTenant('/api/v1/performance'),
  'GET /api/v1/events': withTenant('/api/v1/events?metric=response_time_seconds&from=2026-01-15&to=2026-01-16'),
  'GET /api/v1/data-quality': withTenant('/api/v1/data-quality?from=2026-01-15'),
  'GET /api/v1/me': { own: [{ url: '/api/v1/me' }], foreign: [] },
  // Says that figures of the scope have changed, and nothing about them.
  'GET /api/v1/live': { own: [], foreign: [[{ url: '/api/v1/live?tenant=globex' }, 403]] },
  'POST /api/v1/dead-letters/redrive': { own: [], foreign: [[{ url: '/api/v1/dead-letters/redrive', options: body({}) }, 403]] },
  'GET /api/v1/replays': { own: [], foreign: [[{ url: '/api/v1/replays' }, 403]] },
  ...Object.fromEntries(
    ['', '/compare'].map((path) => [
      `POST /api/v1/replays${path}`,
      { own: [], foreign: [[{ url: `/api/v1/replays${path}`, options: body({ from: '2026-01-15', to: '2026-01-15' }) }, 403]] },
    ]),
  ),
  'POST /api/v1/rules/preview': {
    own: [{ url: '/api/v1/rules/preview', options: body(rule('acme')) }],
    foreign: [
      [{ url: '/api/v1/rules/preview', options: body(rule('globex')) }, 403],
      [{ url: '/api/v1/rules/preview', options: body(rule(null)) }, 403],
    ],
  },
  'GET /api/v1/roi/report': withTenant('/api/v1/roi/report?from=2026-01-14&to=2026-01-15'),
  'GET /api/v1/reports': { own: [{ url: '/api/v1/reports' }], foreign: [] },
  'GET /api/v1/reports/:kind/:date': withTenant('/api/v1/reports/daily/2026-01-15'),
  'POST /api/v1/reports/:kind/:date/send': {
    own: [],
    foreign: [[{ url: '/api/v1/reports/daily/2026-01-15/send', options: body({ email: true }) }, 403]],
  },
  'GET /api/v1/roi/revisions': { own: [], foreign: [[{ url: '/api/v1/roi/revisions' }, 403]] },
  'GET /api/v1/series': {
    own: [
      ...withTenant(series).own,
      { url: `${series}&groupBy=tenant&groupBy=feature&aggregate=uniques` },
      { url: `${series}&aggregate=p95` },
    ],
    foreign: withTenant(series).foreign,
  },
  'GET /api/v1/tenants': { own: [{ url: '/api/v1/tenants' }], foreign: [] },
  'GET /api/v1/features': withTenant('/api/v1/features'),
  'GET /api/v1/metrics': withTenant('/api/v1/metrics'),
  'GET /api/v1/alerts': withTenant('/api/v1/alerts'),
  'GET /api/v1/alerts/:id': {
    own: [{ url: '/api/v1/alerts/alert%20of%20acme' }],
    foreign: ['globex', 'everyone'].map((who) => [{ url: `/api/v1/alerts/alert%20of%20${who}` }, 404]),
  },
  'GET /api/v1/events/:id': {
    own: withTenant(`/api/v1/events/${SHARED_ID}`).own,
    foreign: [
      [{ url: `/api/v1/events/${THEIR_ID}` }, 404],
      [{ url: `/api/v1/events/${SHARED_ID}?tenant=globex` }, 403],
    ],
  },
  'GET /api/v1/alerts/:id/acknowledgement': {
    own: [{ url: '/api/v1/alerts/alert%20of%20acme/acknowledgement' }],
    foreign: [[{ url: '/api/v1/alerts/alert%20of%20globex/acknowledgement' }, 404]],
  },
  'POST /api/v1/alerts/:id/acknowledge': {
    own: [],
    foreign: [[{ url: '/api/v1/alerts/alert%20of%20globex/acknowledge', options: {} }, 404]],
  },
  'GET /api/v1/silences': { own: [{ url: '/api/v1/silences?since=2026-01-01T00:00:00Z' }], foreign: [] },
  'POST /api/v1/silences': {
    own: [],
    foreign: [[{ url: '/api/v1/silences', options: body({ tenant: 'globex', endsAt: '2026-01-16T00:00:00Z', reason: 'x' }) }, 403]],
  },
  'DELETE /api/v1/silences/:id': { own: [], foreign: [[{ url: `/api/v1/silences/${THEIR_ID}` }, 404]] },
  'GET /api/v1/webhooks': { own: [{ url: '/api/v1/webhooks' }], foreign: [] },
  'POST /api/v1/webhooks': { own: [], foreign: [] },
  'GET /api/v1/webhooks/:id': { own: [], foreign: [[{ url: `/api/v1/webhooks/${THEIR_ID}` }, 404]] },
  'PATCH /api/v1/webhooks/:id': { own: [], foreign: [[{ url: `/api/v1/webhooks/${THEIR_ID}`, options: body({ enabled: false }) }, 404]] },
  'DELETE /api/v1/webhooks/:id': { own: [], foreign: [[{ url: `/api/v1/webhooks/${THEIR_ID}` }, 404]] },
  'POST /api/v1/webhooks/:id/rotate': { own: [], foreign: [[{ url: `/api/v1/webhooks/${THEIR_ID}/rotate` }, 404]] },
  'POST /api/v1/webhooks/:id/test': { own: [], foreign: [[{ url: `/api/v1/webhooks/${THEIR_ID}/test` }, 404]] },
  'GET /api/v1/deliveries': { own: [{ url: '/api/v1/deliveries' }, { url: '/api/v1/deliveries?channel=webhook' }], foreign: [] },
  'GET /api/v1/deliveries/:id': { own: [], foreign: [[{ url: '/api/v1/deliveries/2' }, 404]] },
  'POST /api/v1/deliveries/:id/redeliver': { own: [], foreign: [[{ url: '/api/v1/deliveries/2/redeliver' }, 404]] },
  'GET /api/v1/costs': withTenant('/api/v1/costs?from=2026-01-15&to=2026-01-15&by=tenant&by=category'),
  'GET /api/v1/costs/recurring': { own: [{ url: '/api/v1/costs/recurring' }], foreign: [] },
  'POST /api/v1/costs': { own: [], foreign: [[{ url: '/api/v1/costs', options: body({ rows: [theirRow] }) }, 403]] },
  'POST /api/v1/costs/import': {
    own: [],
    foreign: [[{ url: '/api/v1/costs/import', options: { payload: focusCsv([theirRow]), headers: { 'content-type': 'text/csv' } } }, 403]],
  },
  'GET /api/v1/targets': withTenant('/api/v1/targets?feature=ai_coaching'),
  'GET /api/v1/targets/:metric/history': { own: [{ url: '/api/v1/targets/roi_percent/history' }], foreign: [] },
  'PUT /api/v1/targets/:metric': {
    own: [],
    foreign: [[{ url: '/api/v1/targets/roi_percent', options: body({ target: 1, reason: 'x', tenant: 'globex' }) }, 403]],
  },
  'GET /api/v1/forecast': { own: [], foreign: [[{ url: '/api/v1/forecast?tenant=globex' }, 403]] },
  'GET /api/v1/kpis': { own: [], foreign: [[{ url: '/api/v1/kpis' }, 403]] },
  'POST /api/v1/kpis/attestations': {
    own: [],
    foreign: [[{ url: '/api/v1/kpis/attestations', options: body({ line: 'scale-ready', met: true, note: 'x' }) }, 403]],
  },
  'GET /api/v1/rules': { own: [{ url: '/api/v1/rules' }], foreign: [] },
  'GET /api/v1/rules/:id': {
    own: [{ url: '/api/v1/rules/errors-acme' }, { url: '/api/v1/rules/errors-all' }],
    foreign: [[{ url: '/api/v1/rules/errors-globex' }, 404]],
  },
  'GET /api/v1/rules/:id/history': {
    own: [{ url: '/api/v1/rules/errors-acme/history' }],
    foreign: [[{ url: '/api/v1/rules/errors-globex/history' }, 404]],
  },
  'POST /api/v1/rules': {
    own: [],
    foreign: [
      [{ url: '/api/v1/rules', options: body({ ...rule('globex'), id: 'other' }) }, 403],
      [{ url: '/api/v1/rules', options: body({ ...rule(null), id: 'other' }) }, 403],
    ],
  },
  'PUT /api/v1/rules/:id': {
    own: [],
    foreign: [
      [{ url: '/api/v1/rules/errors-globex', options: body(rule('globex'), { 'if-match': '"1"' }) }, 404],
      [{ url: '/api/v1/rules/errors-all', options: body(rule(null), { 'if-match': '"1"' }) }, 403],
      [{ url: '/api/v1/rules/errors-acme', options: body({ ...rule('globex'), id: 'errors-acme' }, { 'if-match': '"1"' }) }, 403],
    ],
  },
  'DELETE /api/v1/rules/:id': {
    own: [],
    foreign: [
      [{ url: '/api/v1/rules/errors-globex', options: { headers: { 'if-match': '"1"' } } }, 404],
      [{ url: '/api/v1/rules/errors-all', options: { headers: { 'if-match': '"1"' } } }, 403],
    ],
  },
  'GET /api/v1/flags': { own: [{ url: '/api/v1/flags' }, { url: '/api/v1/flags?archived=true' }], foreign: [] },
  'GET /api/v1/flags/:id': { own: [{ url: '/api/v1/flags/shared' }], foreign: [] },
  'GET /api/v1/flags/:id/history': { own: [], foreign: [[{ url: '/api/v1/flags/shared/history' }, 403]] },
  'GET /api/v1/flag-copy': { own: [], foreign: [[{ url: '/api/v1/flag-copy' }, 403]] },
  'POST /api/v1/flags/:id/evaluate': {
    own: [{ url: '/api/v1/flags/shared/evaluate', options: body({ userId: 'u' }) }],
    foreign: [[{ url: '/api/v1/flags/shared/evaluate', options: body({ tenantId: 'globex' }) }, 403]],
  },
  'POST /ofrep/v1/evaluate/flags/:key': {
    own: [{ url: '/ofrep/v1/evaluate/flags/shared', options: body({ context: { targetingKey: 'u' } }) }],
    foreign: [[{ url: '/ofrep/v1/evaluate/flags/shared', options: body({ context: { tenantId: 'globex' } }) }, 403]],
  },
  'POST /ofrep/v1/evaluate/flags': {
    own: [{ url: '/ofrep/v1/evaluate/flags', options: body({ context: { targetingKey: 'u', tenantId: 'acme' } }) }],
    foreign: [[{ url: '/ofrep/v1/evaluate/flags', options: body({ context: { tenantId: 'globex' } }) }, 403]],
  },
  // Says that flags have changed, which are everybody's, and nothing about them.
  'GET /ofrep/v1/stream': { own: [], foreign: [] },
  'POST /api/v1/flags': { own: [], foreign: [[{ url: '/api/v1/flags', options: body({ id: 'another' }) }, 403]] },
  'PUT /api/v1/flags/:id': { own: [], foreign: [[{ url: '/api/v1/flags/shared', options: body({ name: 'x' }, anyVersion) }, 403]] },
  'PATCH /api/v1/flags/:id': { own: [], foreign: [[{ url: '/api/v1/flags/shared', options: body({ name: 'x' }, anyVersion) }, 403]] },
  'POST /api/v1/flags/:id/stage': {
    own: [],
    foreign: [[{ url: '/api/v1/flags/shared/stage', options: body({ stage: 'ga' }, anyVersion) }, 403]],
  },
  'POST /api/v1/flags/:id/archive': {
    own: [],
    foreign: [[{ url: '/api/v1/flags/shared/archive', options: { headers: anyVersion } }, 403]],
  },
  'DELETE /api/v1/flags/:id': { own: [], foreign: [[{ url: '/api/v1/flags/shared', options: { headers: anyVersion } }, 403]] },
  'GET /api/v1/rollouts': { own: [], foreign: [[{ url: '/api/v1/rollouts' }, 403]] },
  'GET /api/v1/rollouts/:flag': { own: [], foreign: [[{ url: '/api/v1/rollouts/shared' }, 403]] },
  'GET /api/v1/rollouts/:flag/history': { own: [], foreign: [[{ url: '/api/v1/rollouts/shared/history' }, 403]] },
  'POST /api/v1/rollouts': { own: [], foreign: [[{ url: '/api/v1/rollouts', options: body({ flagId: 'shared' }) }, 403]] },
  ...Object.fromEntries(
    ['start', 'advance', 'approve', 'pause', 'resume', 'rollback'].map((order) => [
      `POST /api/v1/rollouts/:flag/${order}`,
      { own: [], foreign: [[{ url: `/api/v1/rollouts/shared/${order}`, options: { headers: anyVersion } }, 403]] },
    ]),
  ),
  'POST /api/v1/events': {
    own: [],
    foreign: [
      [
        { url: '/api/v1/events', options: body({ ...cloudEvent, tenantid: 'globex' }, { 'content-type': 'application/cloudevents+json' }) },
        403,
      ],
    ],
  },
  ...Object.fromEntries(
    tracks.map((track) => [`POST /api/v1/track/${track.name}`, { own: [], foreign: [[statedFor('globex', track), 403]] }]),
  ),
  'GET /api/v1/experiments': withTenant('/api/v1/experiments'),
  'GET /api/v1/experiments/:feature/results': withTenant(experiment),
  'GET /api/v1/lag': { own: [], foreign: [[{ url: '/api/v1/lag' }, 403]] },
};

let api: TestApi;
let routes: string[];
let acme: string;
let platform: string;
const before = new Map<string, Answer>();

const ask = (route: string, { url, options }: Asked, token: string) => api.ask(route.split(' ')[0] as 'GET', url, token, options);
const owned = Object.entries(table).flatMap(([route, { own }]) =>
  own.map((asked) => ({ route, asked, name: `${route.split(' ')[0]} ${asked.url}` })),
);

beforeAll(async () => {
  api = await openTestApi();
  routes = await api.routes();
  [acme, platform] = await Promise.all([api.token('admin', 'acme'), api.token('admin')]);
  await storeRule(api, rule(null));
  await storeFlag(api);
  await furnish(api, 'acme', 0);
  for (const { route, asked, name } of owned) before.set(name, await ask(route, asked, acme));
  const everyone = before.get(owned[0]?.name ?? '');
  expect(everyone?.status).toBe(200);
  before.set('platform', await api.ask('GET', `${root}/current`, platform));
  await furnish(api, 'globex', 100);
  await api.clickhouse.insertRows('alerts', [alertRow('alert of everyone', { scope: 'platform' })]);
});
afterAll(() => api?.close());

describe('a token of one tenant', () => {
  it('is tested on every route that there is', () => {
    const known = [...Object.keys(table), ...tenantless];
    expect(routes.filter((route) => !route.startsWith('HEAD ') && !route.includes(' /docs')).sort()).toEqual(known.sort());
  });

  it.each(owned)('gets the same answer whether another tenant exists or not: $name', async ({ route, asked, name }) => {
    const after = await ask(route, asked, acme);
    expect(before.get(name)?.status).toBe(200);
    expect(after.text).toBe(before.get(name)?.text);
    expect(after.text).not.toMatch(/globex|everyone/);
  });

  const foreign = Object.entries(table).flatMap(([route, one]) => one.foreign.map(([asked, status]) => ({ route, asked, status })));
  it.each(foreign)('is refused with $status: $route as $asked.url', async ({ route, asked, status }) => {
    const answer = await ask(route, asked, acme);
    expect(answer.status).toBe(status);
    expect(answer.json.code).toBe(status === 403 ? 'forbidden' : 'not_found');
  });

  it('has changed nothing of another tenant by trying', async () => {
    const { json } = await api.ask('GET', '/api/v1/rules/errors-globex', platform);
    expect(json).toMatchObject({ version: 1, rule: { title: 'Errors of globex' } });
    expect((await api.ask('GET', '/api/v1/rules/errors-acme', platform)).json).toMatchObject({ version: 1, rule: { tenant: 'acme' } });
  });
});

describe('a token of every tenant', () => {
  it('sees both, so that the sameness above is not for want of anything to see', async () => {
    const current = await api.ask('GET', `${root}/current`, platform);
    expect(current.json.total.n).toBe(2 * before.get('platform')?.json.total.n + 1);
    expect((await api.ask('GET', '/api/v1/tenants', platform)).json.tenants.map((one: { tenant: string }) => one.tenant)).toEqual([
      'acme',
      'globex',
    ]);
    expect((await api.ask('GET', `/api/v1/events/${SHARED_ID}`, platform)).json.events).toHaveLength(2);
    expect((await api.ask('GET', '/api/v1/alerts', platform)).json.alerts).toHaveLength(3);
    expect((await api.ask('GET', '/api/v1/rules', platform)).json.rules).toHaveLength(3);
    expect((await api.ask('GET', '/api/v1/lag', platform)).status).toBe(200);
  });
});
