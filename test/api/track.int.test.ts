import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ensureTopics } from '../../src/adapters/kafka/admin.ts';
import { createKafka } from '../../src/adapters/kafka/client.ts';
import { tracks } from '../../src/domain/track.ts';
import { NOW, openTestApi, type TestApi } from '../support/api.ts';
import { eventsOn } from '../support/emitted.ts';
import { eventually } from '../support/eventually.ts';
import { definition } from '../support/flags.ts';

let api: TestApi;
let emitter: string;
beforeAll(async () => {
  api = await openTestApi();
  await ensureTopics(createKafka(api.config, api.deps.log), api.config);
  emitter = await api.token('emitter');
});
afterAll(() => api.close());

const post = (name: string, body: unknown, token: string | null = emitter) =>
  api.ask('POST', `/api/v1/track/${name}`, token, { payload: JSON.stringify(body), headers: { 'content-type': 'application/json' } });
const fieldsOf = (problems: { field: string }[]): string[] => problems.map(({ field }) => field);

describe('tracking over HTTP', () => {
  it('answers with the id and the worth once Kafka has the event', async () => {
    const body = { tenantId: 'tenant_123', userId: 'user_456', entityId: 'lead_789', responseTimeSeconds: 25 };
    const { status, json } = await post('response-time', body);
    expect([status, json]).toEqual([
      202,
      {
        eventId: expect.stringMatching(/^[0-9a-f-]{36}$/),
        kind: 'lead-intelligence',
        tenantId: 'tenant_123',
        featureId: 'realtime_intelligence',
        occurredAt: new Date(NOW).toISOString(),
        worth: { valueUsd: '12.152778', valueUsdPerYear: null, formula: '(900 s - 25 s) x $50/h' },
      },
    ]);
    const found = (await eventsOn(api.config, 'lead-intelligence', NOW)).find(({ eventId }) => eventId === json.eventId);
    expect(found).toMatchObject({ ...body, source: expect.stringContaining('test'), occurredAt: NOW });
  });

  it.each(tracks.map((track) => [track.name, track] as const))(
    'takes every field of %s, as its example in the OpenAPI document has it',
    async (name, { kind, fields }) => {
      const [eventId, occurredAt] = [crypto.randomUUID(), new Date(NOW - 1000).toISOString()];
      const body = { ...Object.fromEntries(fields.map(({ field, example }) => [field, example])), eventId, occurredAt };
      const answer = await post(name, body);
      expect([answer.status, answer.json.eventId]).toEqual([202, eventId]);
      const found = (await eventsOn(api.config, kind, NOW)).find((event) => event.eventId === eventId);
      expect(found).toMatchObject({ ...body, occurredAt: NOW - 1000 });
      const { json: document } = await api.ask('GET', '/openapi.json', null);
      const { schema, example } = document.paths[`/api/v1/track/${name}`].post.requestBody.content['application/json'];
      expect(Object.keys(schema.properties).sort()).toEqual(fields.map(({ field }) => field).sort());
      expect((await post(name, example)).status).toBe(202);
    },
  );

  it('puts the variant of the unit’s experiment on the event, unless the caller names one', async () => {
    await api.deps.flags.create(definition({ id: 'ai_coaching', stage: 'beta_25' }), { by: 'a test', reason: 'to see' });
    await eventually(() => expect(api.deps.flagReader.get('ai_coaching')).not.toBeNull());
    const session = { tenantId: 'drawn', sessionDurationMinutes: 18, productivityScore: 87 };
    const users = Array.from({ length: 12 }, (_, i) => `user_${i}`);
    for (const userId of users) expect((await post('coaching-session', { ...session, userId })).status).toBe(202);
    expect((await post('coaching-session', { ...session, userId: 'other', variant: 'named' })).status).toBe(202);
    const events = (await eventsOn(api.config, 'ai-coaching', NOW)).filter(({ tenantId }) => tenantId === 'drawn');
    const answers = users.map((userId) => api.deps.flagReader.evaluate('ai_coaching', { tenantId: 'drawn', userId }));
    const expected = answers.map(({ inExperiment, variant }) => (inExperiment ? variant : null));
    expect(new Set(expected)).toEqual(new Set(['control', 'treatment', null]));
    expect(events.map(({ userId, variant }) => [userId, variant])).toEqual([
      ...users.map((user, i) => [user, expected[i]]),
      ['other', 'named'],
    ]);
  });

  it('sends the same event again for the same id and time, so that it counts once', async () => {
    const body = {
      tenantId: 'again',
      interventionStage: 2,
      churned: false,
      eventId: crypto.randomUUID(),
      occurredAt: '2026-01-15T12:00:00Z',
    };
    const [first, second] = [await post('churn-intervention', body), await post('churn-intervention', body)];
    expect([first.status, second.json]).toEqual([202, first.json]);
    const [one, two] = (await eventsOn(api.config, 'churn-prevention', NOW)).filter(({ tenantId }) => tenantId === 'again');
    expect(one).toEqual(two);
    const { status, json } = await post('churn-intervention', { ...body, occurredAt: undefined });
    expect([status, fieldsOf(json.problems)]).toEqual([422, ['occurredAt']]);
  });

  it('names everything that is wrong, and takes no null, text or number for what it is not', async () => {
    const wrong = { tenantId: 't', sessionDurationMinutes: null, productivityScore: '87', score: 1 };
    const { status, json } = await post('coaching-session', wrong);
    expect([status, fieldsOf(json.problems)]).toEqual([422, ['score', 'sessionDurationMinutes', 'productivityScore']]);
    expect((await post('coaching-session', [wrong])).json.problems).toEqual([expect.objectContaining({ field: 'body' })]);
    const late = await post('satisfaction', { tenantId: 't', satisfactionScore: 95, occurredAt: 'yesterday' });
    expect([late.status, fieldsOf(late.json.problems)]).toEqual([422, ['occurredAt']]);
  });

  it('keeps the token of one tenant to it, and fills it in', async () => {
    const token = await api.token('emitter', 'acme');
    const rating = { satisfactionScore: 95 };
    expect((await post('satisfaction', rating, token)).json).toMatchObject({
      tenantId: 'acme',
      worth: { valueUsdPerYear: '35000.000000' },
    });
    const foreign = await post('satisfaction', { ...rating, tenantId: 'other' }, token);
    expect([foreign.status, fieldsOf(foreign.json.problems)]).toEqual([403, ['tenantId']]);
    expect((await post('satisfaction', rating)).status).toBe(422);
  });

  it('wants an emitter or an operator', async () => {
    const body = { tenantId: 't', satisfactionScore: 95 };
    const asked = [null, await api.token('viewer'), await api.token('operator')].map((token) => post('satisfaction', body, token));
    expect((await Promise.all(asked)).map(({ status }) => status)).toEqual([401, 403, 202]);
  });

  it('says with which id and time to repeat a request that Kafka has not acknowledged', async () => {
    const lonely = await openTestApi({ env: { KAFKA_BROKERS: '127.0.0.1:1' } });
    try {
      const payload = JSON.stringify({ tenantId: 't', satisfactionScore: 95 });
      const headers = { 'content-type': 'application/json' };
      const answer = await lonely.ask('POST', '/api/v1/track/satisfaction', await lonely.token('emitter'), { payload, headers });
      expect([answer.status, answer.json.code]).toEqual([503, 'unavailable']);
      expect(answer.json.problems).toEqual([
        {
          field: 'eventId',
          value: expect.stringMatching(/^[0-9a-f-]{36}$/),
          expected: expect.stringContaining(new Date(NOW).toISOString()),
        },
      ]);
    } finally {
      await lonely.close();
    }
  });
});
