import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { NOW, openTestApi, type TestApi } from '../support/api.ts';
import { eventually } from '../support/eventually.ts';
import { definition } from '../support/flags.ts';

let api: TestApi;
let [viewer, operator, tenant] = ['', '', ''];
const root = '/api/v1/rollouts';

beforeAll(async () => {
  api = await openTestApi();
  [viewer, operator, tenant] = [await api.token('viewer'), await api.token('operator'), await api.token('operator', 'acme')];
  for (const id of ['ai_coaching', 'other']) await api.deps.flags.create(definition({ id }), { by: 'a test', reason: 'to roll out' });
});
afterAll(() => api?.close());

const get = (path: string, token = viewer) => api.ask('GET', `${root}${path}`, token);
const post = (path: string, payload: object | undefined, headers: Record<string, string> = {}, token = operator) =>
  api.ask('POST', `${root}${path}`, token, { ...(payload === undefined ? {} : { payload }), headers });
const from = (etag: unknown) => ({ 'if-match': String(etag) });

describe('rollouts', () => {
  it('are planned by an operator, as the guide has it', async () => {
    const plan = { flagId: 'ai_coaching', approval: 'automatic' };
    expect((await post('', plan, {}, viewer)).status).toBe(403);
    expect((await post('', plan, {}, tenant)).json).toMatchObject({ code: 'forbidden' });
    const made = await post('?reason=spring', plan);
    expect([made.status, made.headers['location'], made.headers['etag']]).toEqual([201, `${root}/ai_coaching`, '"1"']);
    expect(made.json).toMatchObject({ status: 'planned', reason: 'spring', stage: 'disabled', plan: { metrics: ['productivity_score'] } });
    expect(made.json.plan.steps.map(({ stage }: { stage: string }) => stage)).toEqual(['internal', 'beta_10', 'beta_25', 'beta_50', 'ga']);
    expect((await get('/ai_coaching')).json).toEqual(made.json);
    await eventually(() => expect(api.toldSteps).toMatchObject([{ kind: 'planned', flagId: 'ai_coaching', featureId: 'ai_coaching' }]));
  });

  it('are refused with every fault at once', async () => {
    const { status, json } = await post('', { flagId: 'other', approval: 'maybe', colour: 'red' });
    expect([status, json.problems.map(({ field }: { field: string }) => field).sort()]).toEqual([422, ['approval', 'colour']]);
    expect((await post('', { approval: 'manual' })).json).toMatchObject({
      code: 'bad_request',
      problems: [{ field: expect.stringContaining('flagId') }],
    });
    expect((await post('', { flagId: 'nobody' })).status).toBe(404);
    await api.deps.flags.create(definition({ id: 'old' }), { by: 'a test', reason: 'to put away' });
    await api.deps.flags.setArchived('old', true, null, { by: 'a test', reason: 'out of use' });
    expect((await post('', { flagId: 'old', metrics: ['order_value'] })).json).toMatchObject({ code: 'conflict' });
    expect((await get('/nobody')).status).toBe(404);
    expect((await get('/nobody/history')).status).toBe(404);
    expect((await post('/ai_coaching/start', { now: true }, from('"1"'))).status).toBe(400);
    expect((await get('', tenant)).status).toBe(403);
  });

  it('start from the version that was seen, once for each key', async () => {
    expect((await post('/ai_coaching/start', undefined)).json).toMatchObject({
      code: 'precondition_failed',
      problems: [{ field: 'If-Match' }],
    });
    expect((await post('/ai_coaching/start', undefined, from('"7"'))).status).toBe(412);
    const key = { ...from('"1"'), 'idempotency-key': randomUUID() };
    const [first, again] = [await post('/ai_coaching/start', undefined, key), await post('/ai_coaching/start', undefined, key)];
    expect(first.json).toMatchObject({ status: 'running', stage: 'internal', pending: null });
    expect([again.json, again.headers['idempotent-replayed']]).toEqual([first.json, 'true']);
    expect(await api.deps.flags.get('ai_coaching')).toMatchObject({ stage: 'internal', version: 2 });
    expect((await get('?status=running')).json.rollouts).toHaveLength(1);
    expect((await get('?status=paused')).json.rollouts).toHaveLength(0);
    expect((await post('', { flagId: 'ai_coaching' })).json).toMatchObject({ code: 'conflict' });
  });

  it('go on when their gates are met, or are forced to', async () => {
    const { headers } = await get('/ai_coaching');
    const refused = await post('/ai_coaching/advance', undefined, from(headers['etag']));
    expect(refused.json).toMatchObject({ status: 422, problems: [{ field: 'minimum_duration', value: '0 of 1 days at internal' }] });
    expect((await post('/ai_coaching/approve', {}, from('*'))).status).toBe(409);
    const forced = await post('/ai_coaching/advance?reason=hurry', { force: true }, from(headers['etag']));
    expect(forced.json).toMatchObject({ status: 'running', stage: 'beta_10' });
    api.clock.now = NOW + 86_400_000;
    await api.deps.rollouts.evaluate();
    const { json } = await get('/ai_coaching');
    const missing = json.evaluation.gates.filter(({ met }: { met: boolean }) => !met).map(({ gate }: { gate: string }) => gate);
    expect(missing).toEqual(['minimum_duration', 'minimum_sample', 'roi_positive', 'significance']);
  });

  it('pause, resume and are rolled back, and tell all of it', async () => {
    expect((await post('/ai_coaching/pause', {}, from('*'))).json).toMatchObject({ status: 'paused', stage: 'beta_10' });
    expect((await post('/ai_coaching/advance', { force: true }, from('*'))).status).toBe(409);
    expect((await post('/ai_coaching/resume', {}, from('*'))).json).toMatchObject({ status: 'running' });
    expect((await post('/ai_coaching/rollback', { cause: 'bad luck' }, from('*'))).status).toBe(400);
    const back = await post('/ai_coaching/rollback?reason=slow', { cause: 'latency_spike' }, from('*'));
    expect(back.json).toMatchObject({ status: 'rolled_back', rollback: 'latency_spike', stage: 'disabled', reason: 'slow' });
    expect(await api.deps.flags.get('ai_coaching')).toMatchObject({ stage: 'disabled' });
    const { steps } = (await get('/ai_coaching/history')).json;
    expect(steps.map(({ kind }: { kind: string }) => kind)).toEqual(['rolled_back', 'resumed', 'paused', 'forced', 'started', 'planned']);
    expect(steps[3]).toMatchObject({
      reason: expect.stringContaining('hurry (missing: minimum duration'),
      outcome: 'done',
      from: 'internal',
      to: 'beta_10',
    });
    await eventually(() => expect(api.toldSteps.map(({ kind }) => kind)).toEqual(['planned', 'paused', 'resumed']));
    expect((await post('', { flagId: 'ai_coaching' }, from('"1"'))).status).toBe(412);
    expect((await post('', { flagId: 'ai_coaching' }, from(back.headers['etag']))).json).toMatchObject({
      run: 2,
      status: 'planned',
      rollback: null,
    });
  });
});
