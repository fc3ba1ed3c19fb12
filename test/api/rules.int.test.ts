import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openTestApi, type TestApi } from '../support/api.ts';

let api: TestApi;
let [viewer, operator, admin] = ['', '', ''];

const rule = {
  id: 'slow',
  title: 'Slow',
  metric: 'websocket_latency_ms',
  scope: 'platform',
  window: '1m',
  comparison: 'above',
  warning: 100,
  critical: 200,
};
const rules = '/api/v1/rules';
const put = (version: string | null, payload: object, token = operator) =>
  api.ask('PUT', `${rules}/slow`, token, { payload, headers: version === null ? {} : { 'if-match': version } });

beforeAll(async () => {
  api = await openTestApi();
  [viewer, operator, admin] = [await api.token('viewer'), await api.token('operator'), await api.token('admin')];
});
afterAll(() => api?.close());

describe('rules', () => {
  it('are added by an operator, and not twice', async () => {
    expect((await api.ask('POST', rules, viewer, { payload: rule })).status).toBe(403);
    const made = await api.ask('POST', `${rules}?reason=first`, operator, { payload: rule });
    expect([made.status, made.headers['location'], made.headers['etag'], made.json.version]).toEqual([201, '/api/v1/rules/slow', '"1"', 1]);
    expect((await api.ask('POST', rules, operator, { payload: rule })).json).toMatchObject({ status: 409, code: 'conflict' });
  });

  it('are refused with every fault at once', async () => {
    const { status, json } = await api.ask('POST', rules, operator, {
      payload: { ...rule, id: 'UP', comparison: 'over', colour: 'red', window: 5 },
    });
    expect(status).toBe(422);
    expect(json.problems.map((one: { field: string }) => one.field).sort()).toEqual(['colour', 'comparison', 'id', 'window']);
    expect(json.problems).toContainEqual({ field: 'comparison', value: '"over"', expected: 'one of above, below' });
  });

  it('refuses a window that is not computed, for such a rule would never speak', async () => {
    const { status, json } = await api.ask('POST', rules, operator, { payload: { ...rule, id: 'odd', window: '7m' } });
    expect(status).toBe(422);
    expect(json.problems).toMatchObject([{ field: 'window', value: '"7m"' }]);
  });

  it('are read with their version as ETag, as everyone wrote them', async () => {
    const { json, headers } = await api.ask('GET', `${rules}/slow`, viewer);
    expect(headers['etag']).toBe('"1"');
    expect(json.rule).toMatchObject(rule);
    expect((await api.ask('GET', `${rules}/slow`, viewer, { headers: { 'if-none-match': '"1"' } })).status).toBe(304);
    expect((await api.ask('GET', rules, viewer)).json.rules).toHaveLength(1);
    expect((await api.ask('GET', `${rules}/none`, viewer)).status).toBe(404);
  });

  it('are changed only by who has seen the present version', async () => {
    const changed = { ...rule, warning: 120 };
    expect((await put(null, changed)).json).toMatchObject({ status: 412, problems: [{ field: 'If-Match', value: '(missing)' }] });
    const second = await put('"1"', changed);
    expect([second.status, second.headers['etag'], second.json.rule.warning]).toEqual([200, '"2"', 120]);
    expect((await put('"1"', { ...rule, warning: 1 })).json).toMatchObject({ status: 412, detail: 'rule slow is at version 2, not at 1' });
    expect((await put('"2"', { ...changed, id: 'other' })).json.problems).toEqual([{ field: 'id', value: 'other', expected: 'slow' }]);
  });

  it('let one of many win who change them at once', async () => {
    const answers = await Promise.all(Array.from({ length: 8 }, (_, i) => put('"2"', { ...rule, warning: 130 + i })));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 412, 412, 412, 412, 412, 412, 412]);
  });

  it('keep who changed what and why, also after they are deleted', async () => {
    const removed = await api.ask('DELETE', `${rules}/slow?reason=no%20longer%20needed`, admin, { headers: { 'if-match': '"3"' } });
    expect([removed.status, removed.text]).toEqual([204, '']);
    expect((await api.ask('GET', `${rules}/slow`, viewer)).status).toBe(404);
    const { json } = await api.ask('GET', `${rules}/slow/history`, viewer);
    expect(json.versions.map((one: { version: number; reason: string }) => [one.version, one.reason])).toEqual([
      [4, 'no longer needed'],
      [3, 'changed through the API'],
      [2, 'changed through the API'],
      [1, 'first'],
    ]);
    expect(json.versions[0].rule).toBeNull();
    expect(json.versions[0].changedBy).toMatch(/^test /);
  });

  it('of one tenant are that tenant’s to write', async () => {
    const own = await api.token('operator', 'acme');
    const mine = { ...rule, id: 'mine', scope: 'tenant', tenant: 'acme' };
    expect((await api.ask('POST', rules, own, { payload: mine })).status).toBe(201);
    const removed = await api.ask('DELETE', `${rules}/mine`, own, { headers: { 'if-match': '"1"' } });
    expect(removed.status).toBe(204);
    expect((await api.ask('GET', `${rules}/mine/history`, own)).json.versions).toHaveLength(2);
  });

  it('of one tenant have ids that tell another one nothing', async () => {
    const [acme, globex] = [await api.token('operator', 'acme'), await api.token('operator', 'globex')];
    const ours = (tenant: string, warning: number) => ({ ...rule, id: 'secret', scope: 'tenant', tenant, warning });
    const make = async (token: string, payload: object) => (await api.ask('POST', rules, token, { payload })).status;
    expect(await make(acme, ours('acme', 1))).toBe(201);
    expect(await make(globex, ours('globex', 2))).toBe(201);
    expect(await make(globex, ours('globex', 3))).toBe(409);
    const read = async (token: string, query = '') => (await api.ask('GET', `${rules}/secret${query}`, token)).json;
    expect([(await read(acme)).rule.warning, (await read(globex)).rule.warning]).toEqual([1, 2]);
    expect(await read(operator)).toMatchObject({ status: 400, problems: [{ field: 'tenant' }] });
    expect(await read(operator, '?tenant=globex')).toMatchObject({ version: 1, rule: { tenant: 'globex' } });
    expect(await read(acme, '?tenant=globex')).toMatchObject({ status: 403 });
    const move = await api.ask('PUT', `${rules}/secret?tenant=acme`, admin, {
      payload: { ...rule, id: 'secret' },
      headers: { 'if-match': '"1"' },
    });
    expect(move.status).toBe(403);
    await api.ask('DELETE', `${rules}/secret`, acme, { headers: { 'if-match': '"1"' } });
    expect((await read(operator)).rule.tenant).toBe('globex');
    const kept = await api.ask('PUT', `${rules}/secret`, operator, { payload: { ...rule, id: 'secret' }, headers: { 'if-match': '"1"' } });
    expect(kept.json).toMatchObject({ status: 400, problems: [{ field: 'tenant', value: '(none)', expected: 'globex' }] });
    expect((await api.ask('GET', `${rules}/secret/history`, acme)).json.versions).toHaveLength(2);
  });
});
