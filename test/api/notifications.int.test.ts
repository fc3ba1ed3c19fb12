/** Webhooks, silences, acknowledgements and deliveries over the API. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { enqueue } from '../../src/query/outbox.ts';
import { webhookAddress } from '../../src/query/webhooks.ts';
import { NOW, openTestApi, type TestApi } from '../support/api.ts';

let api: TestApi;
let [viewer, operator, acme] = ['', '', ''];
beforeAll(async () => {
  api = await openTestApi();
  [viewer, operator, acme] = await Promise.all([api.token('viewer'), api.token('operator'), api.token('operator', 'acme')]);
});
afterAll(() => api?.close());

const iso = (ms: number): string => new Date(ms).toISOString();
const form = {
  webhook_url: 'https://your-system.com/webhooks/roi-updates',
  events: ['roi_calculation_complete', 'alert_triggered', 'threshold_exceeded'],
  authentication: 'bearer_token_here',
};

describe('a webhook', () => {
  let id = '';
  const at = (path = '') => `/api/v1/webhooks/${id}${path}`;

  it('is registered in the form of the first document, by an operator, and answers its secret this once', async () => {
    expect((await api.ask('POST', '/api/v1/webhooks', viewer, { payload: form })).status).toBe(403);
    const made = await api.ask('POST', '/api/v1/webhooks', operator, { payload: form });
    expect([made.status, made.headers['location']]).toEqual([201, `/api/v1/webhooks/${made.json.id}`]);
    expect(made.json).toMatchObject({
      webhook_url: form.webhook_url,
      events: form.events,
      authenticated: true,
      enabled: true,
      tenant: null,
    });
    expect(made.json.signingSecret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
    id = made.json.id;
    const [one, list] = [await api.ask('GET', at(), viewer), await api.ask('GET', '/api/v1/webhooks', viewer)];
    for (const { text } of [one, list]) expect(text).not.toMatch(/whsec_|bearer_token_here/);
    expect(list.json.webhooks).toHaveLength(1);
  });

  it('is refused with every fault at once, and without its token', async () => {
    const payload = { webhook_url: 'x', events: ['y'], authentication: 'with a blank' };
    const { status, json, text } = await api.ask('POST', '/api/v1/webhooks', operator, { payload });
    expect(status).toBe(422);
    expect(json.problems.map((one: { field: string }) => one.field)).toEqual(['webhook_url', 'events', 'authentication']);
    expect(text).not.toContain('with a blank');
  });

  it('is changed in what is named, switched off and on, and its secret rotated', async () => {
    const patch = (payload: object) => api.ask('PATCH', at(), operator, { payload });
    expect((await patch({ events: ['report_ready'] })).json).toMatchObject({ events: ['report_ready'], webhook_url: form.webhook_url });
    expect((await patch({ enabled: false })).json).toMatchObject({ enabled: false, disabledReason: 'switched off' });
    expect((await patch({ enabled: true, authentication: null })).json).toMatchObject({
      enabled: true,
      disabledReason: null,
      authenticated: false,
    });
    expect((await patch({ enabled: 'x' })).status).toBe(400);
    const rotated = await api.ask('POST', at('/rotate'), operator);
    const { secrets = [], bearer } = (await webhookAddress(api.postgres, id, api.config.secretsKeys)) ?? {};
    expect([secrets.length, secrets[0], bearer]).toEqual([2, rotated.json.signingSecret, null]);
  });

  it('can be tried out', async () => {
    const { json } = await api.ask('POST', at('/test'), operator);
    expect((await api.ask('GET', `/api/v1/deliveries?webhook=${id}`, viewer)).json.deliveries).toMatchObject([
      { key: json.key, channel: 'webhook', state: 'pending', subject: 'test' },
    ]);
  });

  it('of a tenant’s token is that tenant’s', async () => {
    const made = await api.ask('POST', '/api/v1/webhooks', acme, { payload: form });
    expect(made.json.tenant).toBe('acme');
    expect((await api.ask('GET', '/api/v1/webhooks', acme)).json.webhooks).toHaveLength(1);
    expect((await api.ask('DELETE', at(), acme)).status).toBe(404);
  });

  it('is gone with its messages once it is deleted', async () => {
    expect((await api.ask('DELETE', at(), operator)).status).toBe(204);
    expect((await api.ask('GET', at(), viewer)).status).toBe(404);
    expect((await api.ask('GET', `/api/v1/deliveries?webhook=${id}`, viewer)).json.deliveries).toEqual([]);
  });
});

describe('a silence', () => {
  const wanted = { rule: 'error-rate', endsAt: iso(NOW + 3_600_000), reason: 'the database is moved' };
  const make = (payload: object, token = operator) => api.ask('POST', '/api/v1/silences', token, { payload });

  it('is made by an operator, listed while it lasts, and ended', async () => {
    expect((await make(wanted, viewer)).status).toBe(403);
    const { status, json } = await make(wanted);
    expect([status, json.rule, json.startsAt, json.endedBy]).toEqual([201, 'error-rate', iso(NOW), null]);
    expect((await api.ask('GET', '/api/v1/silences', viewer)).json.silences).toEqual([json]);
    expect((await api.ask('DELETE', `/api/v1/silences/${json.id}`, operator)).json).toMatchObject({
      endsAt: iso(NOW),
      endedBy: expect.any(String),
    });
    expect((await api.ask('GET', '/api/v1/silences', viewer)).json.silences).toEqual([]);
    expect((await api.ask('GET', `/api/v1/silences?since=${iso(NOW - 1)}`, viewer)).json.silences).toHaveLength(1);
  });

  it('neither has ended already nor lasts for ever', async () => {
    for (const endsAt of [iso(NOW), iso(NOW + 91 * 86_400_000)])
      expect((await make({ ...wanted, endsAt })).json).toMatchObject({ status: 400, problems: [{ field: 'endsAt' }] });
  });

  it('of a tenant’s token is about that tenant alone', async () => {
    expect((await make(wanted, acme)).json.tenant).toBe('acme');
    expect((await make({ ...wanted, tenant: 'other' }, acme)).status).toBe(403);
  });
});

describe('an alert', () => {
  it('is acknowledged by an operator while it fires, and shows it', async () => {
    const insert = 'INSERT INTO business_impact_alerts (alert_id, alert_type, severity, resolved_at) VALUES ($1, $2, $3, $4)';
    await api.postgres.query(insert, ['rule:1', 'rule', 'critical', null]);
    await api.postgres.query(insert, ['rule:0', 'rule', 'critical', iso(NOW)]);
    const take = (id: string, token: string) => api.ask('POST', `/api/v1/alerts/${encodeURIComponent(id)}/acknowledge`, token);
    expect((await take('rule:1', viewer)).status).toBe(403);
    expect((await take('rule:1', operator)).json).toMatchObject({ id: 'rule:1', acknowledgedAt: iso(NOW) });
    for (const [id, token] of [
      ['rule:0', operator],
      ['rule:1', acme],
      ['none', operator],
    ] as const)
      expect((await take(id, token)).status).toBe(404);
  });
});

describe('deliveries', () => {
  const mail = (key: string, tenantId: string | null = null) => ({
    key,
    channel: 'mail' as const,
    target: 'ops',
    payload: {},
    tenantId,
    subject: key,
  });

  it('are listed in pages, the youngest first, with their attempts', async () => {
    await enqueue(
      api.postgres,
      ['a', 'b', 'c'].map((key) => mail(key)),
    );
    const first = await api.ask('GET', '/api/v1/deliveries?channel=mail&limit=2', viewer);
    const second = await api.ask('GET', `/api/v1/deliveries?channel=mail&limit=2&cursor=${first.json.nextCursor}`, viewer);
    const keys = [...first.json.deliveries, ...second.json.deliveries].map((one: { key: string }) => one.key);
    expect([keys, second.json.nextCursor]).toEqual([['c', 'b', 'a'], null]);
    const { id } = first.json.deliveries[0];
    await api.postgres.query(`INSERT INTO deliveries VALUES ($1, 1, now(), 'retry', 451, 'busy', 12)`, [id]);
    expect((await api.ask('GET', `/api/v1/deliveries/${id}`, viewer)).json).toMatchObject({
      key: 'c',
      log: [{ attempt: 1, outcome: 'retry', status: 451, error: 'busy', durationMs: 12 }],
    });
  });

  it('are sent once more when they are finished, by an operator', async () => {
    const [row] = await api.postgres.query<{ id: number }>(`UPDATE outbox SET state = 'dead' WHERE key = 'a' RETURNING id`);
    const again = (token: string) => api.ask('POST', `/api/v1/deliveries/${row?.id}/redeliver`, token);
    expect((await again(viewer)).status).toBe(403);
    expect((await again(operator)).json).toMatchObject({ key: 'a', state: 'pending' });
    expect((await again(operator)).status).toBe(409);
  });

  it('of another tenant are not there', async () => {
    await enqueue(api.postgres, [mail('ours', 'acme'), mail('theirs', 'other')]);
    const { json } = await api.ask('GET', '/api/v1/deliveries', acme);
    expect(json.deliveries.map((one: { key: string }) => one.key)).toEqual(['ours']);
  });
});
