import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createFlagClient } from '../../src/client/flags.ts';
import { apiFlags } from '../../src/client/flags-api.ts';
import { ImpactError } from '../../src/domain/errors.ts';
import { openTestApi, type TestApi } from '../support/api.ts';
import { eventually } from '../support/eventually.ts';
import { definition } from '../support/flags.ts';

let api: TestApi;
let [viewer, operator, admin, emitter] = ['', '', '', ''];
const root = '/api/v1/flags';

beforeAll(async () => {
  api = await openTestApi();
  [viewer, operator, admin, emitter] = [
    await api.token('viewer'),
    await api.token('operator'),
    await api.token('admin'),
    await api.token('emitter'),
  ];
});
afterAll(() => api?.close());

type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
const ask = (method: Method, path: string, payload: object | undefined, headers: Record<string, string> = {}, token = operator) =>
  api.ask(method, `${root}${path}`, token, { ...(payload === undefined ? {} : { payload }), headers });
const create = (id: string, more: object = {}) => ask('POST', '', { id, ...more });

describe('flags', () => {
  it('are added by an operator, and not twice', async () => {
    const flag = { id: 'my_feature', name: 'My feature', roiTargetUsd: 50_000, tenantWhitelist: ['acme'] };
    expect((await ask('POST', '', flag, {}, viewer)).status).toBe(403);
    expect((await ask('POST', '', flag, {}, emitter)).status).toBe(403);
    const made = await ask('POST', '?reason=first', flag);
    expect([made.status, made.headers['location'], made.headers['etag']]).toEqual([201, `${root}/my_feature`, '"1"']);
    expect(made.json).toMatchObject({
      ...flag,
      version: 1,
      stage: 'disabled',
      archived: false,
      targeting: null,
      createdAt: '2026-01-15T12:00:30.000Z',
    });
    expect((await create('my_feature')).json).toMatchObject({ status: 409, code: 'conflict' });
  });

  it('are refused with every fault at once', async () => {
    const { status, json } = await create('wrong id', {
      stage: 'far',
      colour: 'red',
      variants: [
        { name: 'a', value: 1 },
        { name: 'b', value: 'two' },
      ],
    });
    expect(status).toBe(422);
    expect(json.problems.map(({ field }: { field: string }) => field).sort()).toEqual(['colour', 'id', 'stage']);
    expect(json.problems).toContainEqual({
      field: 'stage',
      value: '"far"',
      expected: 'one of disabled, internal, beta_10, beta_25, beta_50, ga',
    });
  });

  it('are read by viewers, listed by stage, archived ones only when asked for', async () => {
    await create('typed', {
      stage: 'ga',
      variants: [{ name: 'wide', value: { columns: [1, null, { deep: 'x' }] } }],
      metadata: { team: 'web', tier: 2 },
    });
    const one = await ask('GET', '/typed', undefined, {}, viewer);
    expect([one.status, one.headers['etag'], one.json.variants[0].value, one.json.metadata]).toEqual([
      200,
      '"1"',
      { columns: [1, null, { deep: 'x' }] },
      { team: 'web', tier: 2 },
    ]);
    expect((await ask('GET', '/typed', undefined, { 'if-none-match': '"1"' }, viewer)).status).toBe(304);
    await create('old');
    expect((await ask('POST', '/old/archive', undefined, { 'if-match': '"1"' })).json).toMatchObject({ archived: true, version: 2 });
    const idsOf = async (query: string) => (await ask('GET', query, undefined, {}, viewer)).json.flags.map(({ id }: { id: string }) => id);
    expect(await idsOf('')).toEqual(['my_feature', 'typed']);
    expect(await idsOf('?archived=true')).toEqual(['my_feature', 'old', 'typed']);
    expect(await idsOf('?stage=ga')).toEqual(['typed']);
    expect((await ask('POST', '/old/archive?archived=false', undefined, { 'if-match': '"2"' })).json).toMatchObject({ archived: false });
    expect((await ask('GET', '/none', undefined, {}, viewer)).status).toBe(404);
    expect((await ask('GET', '/none', undefined, {}, emitter)).status).toBe(403);
  });

  it('are changed only by who has seen the present version, field by field or as a whole', async () => {
    expect((await ask('PATCH', '/my_feature', { owner: 'growth' })).json).toMatchObject({
      status: 412,
      problems: [{ field: 'If-Match', value: '(missing)' }],
    });
    const patched = await ask('PATCH', '/my_feature', { owner: 'growth', version: 99 }, { 'if-match': '"1"' });
    expect([patched.status, patched.headers['etag'], patched.json.owner, patched.json.tenantWhitelist]).toEqual([
      200,
      '"2"',
      'growth',
      ['acme'],
    ]);
    expect((await ask('PATCH', '/my_feature', { owner: 'x' }, { 'if-match': '"1"' })).json).toMatchObject({
      status: 412,
      detail: 'flag my_feature is at version 2, not at 1',
    });
    const put = await ask('PUT', '/my_feature', { name: 'Whole' }, { 'if-match': '"2"' });
    expect(put.json).toMatchObject({ name: 'Whole', owner: '', tenantWhitelist: [], version: 3 });
    expect((await ask('PUT', '/my_feature', { id: 'other' }, { 'if-match': '"3"' })).json.problems).toEqual([
      { field: 'id', value: 'other', expected: 'my_feature' },
    ]);
    expect((await ask('PATCH', '/none', { owner: 'x' }, { 'if-match': '"1"' })).status).toBe(404);
    expect((await ask('PATCH', '/my_feature', { stage: 'near' }, { 'if-match': '"3"' })).status).toBe(422);
  });

  it('let one of many win who change them at once; with * each', async () => {
    const version = (await ask('GET', '/my_feature', undefined)).headers['etag'] as string;
    const rush = await Promise.all(
      Array.from({ length: 6 }, (_, i) => ask('PATCH', '/my_feature', { owner: `o${i}` }, { 'if-match': version })),
    );
    expect(rush.map(({ status }) => status).sort()).toEqual([200, 412, 412, 412, 412, 412]);
    const any = await Promise.all(
      Array.from({ length: 4 }, (_, i) => ask('PATCH', '/my_feature', { owner: `any ${i}` }, { 'if-match': '*' })),
    );
    expect(any.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
  });

  it('are rolled out stage by stage, and their users stay where they are meanwhile', async () => {
    await create('rollout');
    const staged = await ask('POST', '/rollout/stage?reason=begin', { stage: 'beta_10', evidence: { p: 0.01 } }, { 'if-match': '"1"' });
    expect(staged.json).toMatchObject({ stage: 'beta_10', version: 2 });
    expect((await ask('POST', '/rollout/stage', { stage: 'everywhere' }, { 'if-match': '"2"' })).status).toBe(400);
    expect((await ask('POST', '/rollout/stage', { stage: 'ga' }, { 'if-match': '"2"' }, viewer)).status).toBe(403);
    const moved = await ask('PATCH', '/rollout', { seed: 'again' }, { 'if-match': '"2"' });
    expect([moved.status, moved.json.problems[0].field]).toEqual([422, 'seed']);
  });

  it('are deleted by an admin only, and keep their history', async () => {
    expect((await ask('DELETE', '/old', undefined, { 'if-match': '"3"' })).json).toMatchObject({
      status: 403,
      detail: 'this needs the role admin; the token has operator',
    });
    const gone = await ask('DELETE', '/old?reason=never%20used', undefined, { 'if-match': '"3"' }, admin);
    expect([gone.status, gone.text]).toEqual([204, '']);
    expect((await ask('GET', '/old', undefined)).status).toBe(404);
    const { changes } = (await ask('GET', '/old/history', undefined, {}, viewer)).json;
    expect(changes.map(({ version, kind, reason }: Record<string, unknown>) => [version, kind, reason])).toEqual([
      [4, 'deleted', 'never used'],
      [3, 'unarchived', 'changed through the API'],
      [2, 'archived', 'changed through the API'],
      [1, 'created', 'changed through the API'],
    ]);
    expect((await ask('GET', '/never/history', undefined)).status).toBe(404);
  });

  it('have a history with who, why, the evidence and both versions, and each change is told', async () => {
    const { changes } = (await ask('GET', '/rollout/history', undefined)).json;
    expect(changes[0]).toMatchObject({
      version: 2,
      kind: 'stage_changed',
      by: expect.stringMatching(/^test /),
      reason: 'begin',
      evidence: { p: 0.01 },
      occurredAt: '2026-01-15T12:00:30.000Z',
      before: { stage: 'disabled' },
      after: { stage: 'beta_10' },
    });
    await eventually(() =>
      expect(api.toldChanges.filter(({ flagId }) => flagId === 'rollout').map(({ version }) => version)).toEqual([1, 2]),
    );
  });

  it('are counted in the metrics', async () => {
    const { text } = await api.deps.metricsText();
    expect(text).toMatch(/impact_flag_changes_total\{kind="stage_changed"\} 1/);
    expect(text).toMatch(/impact_flag_changes_total\{kind="deleted"\} 1/);
  });
});

describe('a question', () => {
  it('is answered with the variant and the reason', async () => {
    await create('asked', { stage: 'internal', tenantWhitelist: ['acme'], userWhitelist: ['insider'] });
    const answer = async (context: object) => (await ask('POST', '/asked/evaluate', context, {}, viewer)).json;
    await eventually(async () => expect((await ask('POST', '/asked/evaluate', {}, {}, viewer)).status).toBe(200));
    expect(await answer({ tenantId: 'acme' })).toMatchObject({
      enabled: true,
      variant: 'treatment',
      value: true,
      decidedBy: 'allow_list',
      reason: 'TARGETING_MATCH',
    });
    expect(await answer({ tenantId: 'x', userId: 'insider' })).toMatchObject({ decidedBy: 'internal' });
    expect(await answer({})).toMatchObject({
      enabled: false,
      decidedBy: 'not_internal',
      reason: 'DEFAULT',
      inExperiment: false,
      version: 1,
    });
    expect((await ask('POST', '/none/evaluate', {}, {}, viewer)).status).toBe(404);
    expect((await ask('POST', '/asked/evaluate', { userId: 7 }, {}, viewer)).status).toBe(200);
    expect((await ask('POST', '/asked/evaluate', { userId: '' }, {}, viewer)).status).toBe(400);
  });

  it('may carry attributes for targeting rules', async () => {
    const targeting = { if: [{ '==': [{ var: 'user.plan' }, 'pro'] }, 'treatment', 'control'] };
    await create('ruled', { stage: 'ga', targeting });
    await eventually(async () =>
      expect((await ask('POST', '/ruled/evaluate', { user: { plan: 'pro' } }, {}, viewer)).json).toMatchObject({
        variant: 'treatment',
        decidedBy: 'targeting',
      }),
    );
    expect((await ask('POST', '/ruled/evaluate', { user: { plan: 'free' } }, {}, viewer)).json).toMatchObject({ variant: 'control' });
  });
});

describe('the token of one tenant', () => {
  it('sees its own entries of a flag’s lists, and what concerns it', async () => {
    await create('shared', {
      tenantWhitelist: ['acme', 'globex'],
      tenantBlacklist: ['initech'],
      userWhitelist: ['u'],
      targeting: { in: [{ var: 'tenantId' }, ['globex']] },
    });
    const acme = await api.token('operator', 'acme');
    const seen = await ask('GET', '/shared', undefined, {}, acme);
    expect(seen.json).toMatchObject({ tenantWhitelist: ['acme'], tenantBlacklist: [] });
    expect(seen.text).not.toMatch(/globex|initech|userWhitelist|targeting/);
    expect((await ask('GET', '', undefined, {}, acme)).text).not.toMatch(/globex|initech/);
    await eventually(async () => expect((await ask('POST', '/shared/evaluate', {}, {}, acme)).status).toBe(200));
    for (const path of ['/shared/history']) expect((await ask('GET', path, undefined, {}, acme)).status).toBe(403);
    expect((await api.ask('GET', '/api/v1/flag-copy', acme)).status).toBe(403);
    expect((await ask('PATCH', '/shared', { owner: 'x' }, { 'if-match': '"1"' }, acme)).status).toBe(403);
  });

  it('is asked about its own tenant, whatever it says', async () => {
    await create('own', { stage: 'ga', tenantBlacklist: ['acme'] });
    const acme = await api.token('viewer', 'acme');
    await eventually(async () => expect((await ask('POST', '/own/evaluate', {}, {}, acme)).json).toMatchObject({ decidedBy: 'deny_list' }));
    expect((await ask('POST', '/own/evaluate', { tenantId: 'globex' }, {}, acme)).status).toBe(403);
  });
});

describe('an idempotency key', () => {
  const keyed = (key: string, more: Record<string, string> = {}) => ({ 'idempotency-key': key, ...more });

  it('makes a request that is sent again count once, and be answered the same', async () => {
    const key = randomUUID();
    const [first, again] = [await ask('POST', '', { id: 'once' }, keyed(key)), await ask('POST', '', { id: 'once' }, keyed(key))];
    expect([first.status, again.status, again.text, again.headers['etag'], again.headers['location']]).toEqual([
      201,
      201,
      first.text,
      '"1"',
      `${root}/once`,
    ]);
    expect([first.headers['idempotent-replayed'], again.headers['idempotent-replayed']]).toEqual([undefined, 'true']);
    const change = keyed(randomUUID(), { 'if-match': '"1"' });
    const patches = [await ask('PATCH', '/once', { owner: 'a' }, change), await ask('PATCH', '/once', { owner: 'a' }, change)];
    expect(patches.map(({ status, json }) => [status, json.version])).toEqual([
      [200, 2],
      [200, 2],
    ]);
    const removal = keyed(randomUUID(), { 'if-match': '"2"' });
    for (let i = 0; i < 2; i++) expect((await ask('DELETE', '/once', undefined, removal, admin)).status).toBe(204);
  });

  it('also keeps a refusal that is the caller’s fault', async () => {
    const headers = keyed(randomUUID(), { 'if-match': '"9"' });
    const [first, again] = [await ask('PATCH', '/shared', { owner: 'a' }, headers), await ask('PATCH', '/shared', { owner: 'a' }, headers)];
    expect([first.status, again.status]).toEqual([412, 412]);
    expect(again.headers['content-type']).toBe(first.headers['content-type']);
    expect(again.text).toBe(first.text);
  });

  it('belongs to one request of one token', async () => {
    const key = randomUUID();
    await ask('POST', '', { id: 'keyed_a' }, keyed(key));
    expect((await ask('POST', '', { id: 'keyed_b' }, keyed(key))).json).toMatchObject({
      status: 422,
      detail: expect.stringContaining('another request'),
    });
    expect((await ask('POST', '', { id: 'keyed_b' }, keyed(key), admin)).status).toBe(201);
    expect((await ask('POST', '', { id: 'keyed_c' }, keyed('with spaces in it'))).json).toMatchObject({
      status: 400,
      problems: [{ field: 'Idempotency-Key' }],
    });
  });

  it('lets one of many through that arrive at once', async () => {
    const key = randomUUID();
    const rush = await Promise.all(Array.from({ length: 6 }, () => ask('POST', '', { id: 'rushed' }, keyed(key))));
    const statuses = rush.map(({ status }) => status);
    expect(statuses.filter((status) => status === 201).length).toBeGreaterThan(0);
    expect(statuses.filter((status) => status !== 201 && status !== 409)).toEqual([]);
    expect((await ask('GET', '/rushed/history', undefined)).json.changes).toHaveLength(1);
  });

  it('may be tried again when the failure was ours', async () => {
    const key = randomUUID();
    const { create: real } = api.deps.flags;
    api.deps.flags.create = () => Promise.reject(new ImpactError('unavailable', 'Redis does not answer'));
    expect((await ask('POST', '', { id: 'later' }, keyed(key))).status).toBe(503);
    api.deps.flags.create = real;
    expect((await ask('POST', '', { id: 'later' }, keyed(key))).status).toBe(201);
  });

  it('that a process died with is taken over after a minute, and forgotten after a day', async () => {
    const key = randomUUID();
    await ask('POST', '', { id: 'orphan' }, keyed(key));
    const age = (interval: string, status: string) =>
      api.postgres.query(`UPDATE idempotency_keys SET status = ${status}, started_at = now() - interval '${interval}' WHERE key = $1`, [
        key,
      ]);
    await age('30 seconds', 'NULL');
    expect((await ask('POST', '', { id: 'orphan' }, keyed(key))).json).toMatchObject({
      status: 409,
      detail: expect.stringContaining('being carried out'),
    });
    await age('61 seconds', 'NULL');
    expect((await ask('POST', '', { id: 'orphan' }, keyed(key))).json).toMatchObject({
      status: 409,
      detail: 'there is already a flag orphan',
    });
    await age('25 hours', '201');
    expect((await ask('POST', '', { id: 'orphan_2' }, keyed(key))).status).toBe(201);
  });
});

describe('the copy of all flags', () => {
  it('keeps a service current that has no way to Redis, within 200 ms', async () => {
    const url = await api.app.listen({ host: '127.0.0.1', port: 0 });
    const client = createFlagClient({ source: apiFlags({ url, token: viewer }), pollMs: 10_000 });
    await client.ready();
    await create('spread', { tenantWhitelist: ['acme'] });
    await eventually(() => expect(client.get('spread')?.tenantWhitelist).toEqual(['acme']), 2000, 5);
    const delays: number[] = [];
    for (let version = 2; version < 12; version++) {
      const startedAt = performance.now();
      const arrived = new Promise<number>((resolve) => {
        const stop = client.onChange(() => {
          if (client.get('spread')?.version !== version) return;
          stop();
          resolve(performance.now() - startedAt);
        });
      });
      await api.deps.flags.update('spread', () => definition({ id: 'spread', stage: version % 2 === 0 ? 'ga' : 'internal' }), null, {
        by: 't',
        reason: '',
      });
      delays.push(await arrived);
    }
    expect(Math.max(...delays)).toBeLessThan(200);
    expect(client.isEnabled('spread', 'acme')).toBe(false);
    expect(client.evaluate('spread', {}).reason).toBe('DEFAULT');
    await client.close();
  });

  it('is refused to the token of a tenant, and to none at all', async () => {
    const { port } = api.app.server.address() as { port: number };
    for (const [token, reason] of [
      [await api.token('viewer', 'acme'), '403'],
      ['imp_nonsense', '401'],
    ] as const) {
      const errors: string[] = [];
      const client = createFlagClient({
        source: apiFlags({ url: `http://127.0.0.1:${port}`, token }),
        onError: ({ message }) => errors.push(message),
      });
      await expect(client.ready(500)).rejects.toMatchObject({ code: 'unavailable' });
      expect(errors[0]).toContain(`answered ${reason}`);
      await client.close();
    }
  });

  it('answers nothing new at once, or when the waiting is over', async () => {
    const { revision } = (await api.ask('GET', '/api/v1/flag-copy', viewer)).json;
    expect((await api.ask('GET', `/api/v1/flag-copy?after=${revision}`, viewer)).status).toBe(204);
    expect((await api.ask('GET', `/api/v1/flag-copy?after=${revision}&waitSeconds=1`, viewer)).status).toBe(204);
    expect((await api.ask('GET', '/api/v1/flag-copy?after=other.1&waitSeconds=60', viewer)).json.revision).toBe(revision);
    expect((await api.ask('GET', '/api/v1/flag-copy?waitSeconds=61', viewer)).status).toBe(400);
  });
});

describe('while Redis is away', () => {
  it('flags are read from the copy in the process, marked as stale; changes have to wait', async () => {
    const away = () => Promise.reject(new ImpactError('unavailable', 'Redis does not answer'));
    const { list, update } = api.deps.flags;
    Object.assign(api.deps.flags, { list: away, update: away });
    const read = await ask('GET', '', undefined, {}, viewer);
    expect([read.status, read.json.stale]).toEqual([200, true]);
    expect(read.json.flags.length).toBeGreaterThan(3);
    const refused = await ask('PATCH', '/shared', { owner: 'x' }, { 'if-match': '*' });
    expect([refused.status, refused.headers['retry-after'], refused.json.code]).toEqual([503, '5', 'unavailable']);
    Object.assign(api.deps.flags, { list, update });
  });
});
