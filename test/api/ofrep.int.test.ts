import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { OFREPProvider } from '@openfeature/ofrep-provider';
import { OpenFeature } from '@openfeature/server-sdk';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { build } from '../../src/api/app.ts';
import { createImpactClient } from '../../src/client/client.ts';
import { exposureHook } from '../../src/client/openfeature-hook.ts';
import { createToken, revokeToken } from '../../src/query/tokens.ts';
import { openTestApi, type TestApi } from '../support/api.ts';
import { eventually } from '../support/eventually.ts';
import { definition } from '../support/flags.ts';
import { testTransport } from '../support/transport.ts';

let api: TestApi;
let [viewer, emitter, ofAcme, url] = ['', '', '', ''];
const root = '/ofrep/v1/evaluate/flags';
const by = { by: 'a test', reason: 'to see' };

/** Stores a flag and waits until this process has it. */
async function put(document: { id: string; [field: string]: unknown }): Promise<void> {
  const known = api.deps.flagReader.get(document.id);
  if (known) await api.deps.flags.update(document.id, () => definition(document), null, by);
  else await api.deps.flags.create(definition(document), by);
  await eventually(() => expect(api.deps.flagReader.get(document.id)?.version).toBe((known?.version ?? 0) + 1));
}

beforeAll(async () => {
  api = await openTestApi();
  [viewer, emitter, ofAcme] = [await api.token('viewer'), await api.token('emitter'), await api.token('viewer', 'acme')];
  await put({ id: 'my_feature', stage: 'ga', tenantBlacklist: ['globex'] });
  await put({ id: 'experiment', stage: 'beta_50' });
  await put({ id: 'off', stage: 'disabled' });
  const variants = [
    { name: 'narrow', value: { columns: 1 } },
    { name: 'wide', value: { columns: 2, names: ['a', null] } },
  ];
  await put({ id: 'layout', stage: 'ga', variants, metadata: { team: 'web' } });
  url = await api.app.listen({ host: '127.0.0.1', port: 0 });
});
afterAll(async () => {
  await OpenFeature.close();
  await api?.close();
});

const evaluate = (key: string, context?: object, token: string | null = viewer) =>
  api.ask('POST', `${root}/${key}`, token, { payload: context === undefined ? {} : { context } });
const bulk = (context: object, headers: Record<string, string> = {}, query = '', token = viewer) =>
  api.ask('POST', `${root}${query}`, token, { payload: { context }, headers });
const user = { tenantId: 'acme', targetingKey: 'user_1' };

describe('one flag over OFREP', () => {
  it('is answered with value, variant, reason and metadata', async () => {
    const { status, headers, json } = await evaluate('layout', user);
    expect([status, headers['content-type']]).toEqual([200, 'application/json; charset=utf-8']);
    expect(json).toEqual({
      key: 'layout',
      value: { columns: 2, names: ['a', null] },
      variant: 'wide',
      reason: 'STATIC',
      metadata: {
        team: 'web',
        featureId: 'layout',
        rolloutStage: 'ga',
        decidedBy: 'ga',
        inExperiment: false,
        unit: 'user',
        flagVersion: 1,
      },
      eventStreams: [
        { type: 'sse', endpoint: { requestUri: expect.stringMatching(/^\/ofrep\/v1\/stream\?ticket=\S+$/) }, inactivityDelaySec: 120 },
      ],
    });
    const { json: split } = await evaluate('experiment', user);
    expect(split).toMatchObject({ reason: 'SPLIT', metadata: { inExperiment: true, rolloutStage: 'beta_50' } });
    expect(split.variant).toBe(api.deps.flagReader.evaluate('experiment', user).variant);
  });

  it('leaves the value to the caller while it is off', async () => {
    const { status, json } = await evaluate('off', user);
    expect([status, json.reason, 'value' in json, 'variant' in json]).toEqual([200, 'DISABLED', false, false]);
  });

  it('that is not there, or cannot be drawn, is answered as the protocol says', async () => {
    const missing = await evaluate('no%20such%2Fflag', user);
    expect([missing.status, missing.json]).toEqual([
      404,
      { key: 'no such/flag', errorCode: 'FLAG_NOT_FOUND', errorDetails: 'flag no such/flag not found' },
    ]);
    const nobody = await evaluate('experiment');
    expect([nobody.status, nobody.json]).toMatchObject([400, { key: 'experiment', errorCode: 'TARGETING_KEY_MISSING' }]);
  });

  it('with a request that is not valid is refused with what is wrong', async () => {
    const post = (payload: string) =>
      api.ask('POST', `${root}/my_feature`, viewer, { payload, headers: { 'content-type': 'application/json' } });
    const broken = await post('{');
    expect([broken.status, broken.json]).toMatchObject([400, { key: 'my_feature', errorCode: 'PARSE_ERROR' }]);
    const wrong = await post('{"context": "user_1"}');
    expect([wrong.status, wrong.headers['content-type'], wrong.json]).toEqual([
      400,
      'application/json; charset=utf-8',
      { key: 'my_feature', errorCode: 'INVALID_CONTEXT', errorDetails: expect.stringContaining('context is user_1') },
    ]);
  });

  it('is for those who may read, by a bearer token or an API key', async () => {
    expect((await evaluate('my_feature', user, null)).status).toBe(401);
    expect((await evaluate('my_feature', user, emitter)).status).toBe(403);
    const byKey = (key: string, path = `${root}/my_feature`) =>
      api.ask('POST', path, null, { payload: { context: user }, headers: { 'x-api-key': key } });
    expect((await byKey(viewer)).status).toBe(200);
    expect((await byKey(emitter)).status).toBe(403);
    expect((await byKey('imp_nonsense')).status).toBe(401);
    expect((await byKey(viewer, '/api/v1/flags/my_feature/evaluate')).status).toBe(401);
  });

  it('is asked for the tenant of the token', async () => {
    expect((await evaluate('my_feature', { targetingKey: 'u' }, ofAcme)).json).toMatchObject({ value: true });
    expect((await evaluate('my_feature', { tenantId: 'globex' })).json).toMatchObject({ value: false, reason: 'TARGETING_MATCH' });
    expect((await evaluate('my_feature', { tenantId: 'globex' }, ofAcme)).status).toBe(403);
    expect((await bulk({ tenantId: 'globex' }, {}, '', ofAcme)).status).toBe(403);
  });
});

describe('all flags over OFREP', () => {
  it('are answered at once, each with its value or its error', async () => {
    const { status, json } = await bulk({ tenantId: 'acme' });
    expect(status).toBe(200);
    const byKey = Object.fromEntries(json.flags.map((one: { key: string }) => [one.key, one]));
    expect(Object.keys(byKey)).toEqual(['experiment', 'layout', 'my_feature', 'off']);
    expect(byKey).toMatchObject({
      my_feature: { value: true, variant: 'treatment' },
      layout: { value: { columns: 2 } },
      off: { reason: 'DISABLED' },
    });
    // Without a user the tenant as a whole is drawn.
    expect(byKey.experiment.metadata).toMatchObject({ decidedBy: 'tenant_percentage', inExperiment: false });
    expect((await bulk({})).json.flags[0]).toEqual({
      key: 'experiment',
      errorCode: 'TARGETING_KEY_MISSING',
      errorDetails: expect.any(String),
    });
    expect(json.eventStreams[0].endpoint.requestUri).toBe((await evaluate('off', user)).json.eventStreams[0].endpoint.requestUri);
  });

  it('are not sent again to whoever has them, for the same context', async () => {
    const first = await bulk(user);
    const tag = String(first.headers['etag']);
    expect(tag).toMatch(/^"\S+"$/);
    const again = await bulk(user, { 'if-none-match': tag });
    expect([again.status, again.text, again.headers['etag']]).toEqual([304, '', tag]);
    expect((await bulk({ ...user, tenantId: 'globex' }, { 'if-none-match': tag })).status).toBe(200);
    await put({ id: 'off', stage: 'ga' });
    const changed = await bulk(user, { 'if-none-match': tag });
    expect([changed.status, changed.headers['etag'] === tag]).toEqual([200, false]);
    await put({ id: 'off', stage: 'disabled' });
  });

  it('are sent in any case to whoever was told of another state', async () => {
    const tag = String((await bulk(user)).headers['etag']);
    const { revision } = api.deps.flagReader.state();
    const told = (etag: string) => bulk(user, { 'if-none-match': tag }, `?flagConfigEtag=${encodeURIComponent(etag)}`);
    expect((await told(`"${revision}"`)).status).toBe(304);
    expect((await told('"of-another-epoch.7"')).status).toBe(200);
    const [, epoch, count] = /^(.+)\.(\d+)$/.exec(revision ?? '') ?? [];
    expect((await told(`"${epoch}.${Number(count) - 1}"`)).status).toBe(200);
  });

  it('wait for a change that the client knows and this process does not yet', async () => {
    const [, epoch, count] = /^(.+)\.(\d+)$/.exec(api.deps.flagReader.state().revision ?? '') ?? [];
    const answer = bulk(user, {}, `?flagConfigEtag=${encodeURIComponent(`"${epoch}.${Number(count) + 1}"`)}`);
    await api.deps.flags.create(definition({ id: 'late', stage: 'ga' }), by);
    expect((await answer).json.flags.map(({ key }: { key: string }) => key)).toContain('late');
  });

  it('with a request that is not valid are refused with what is wrong', async () => {
    const wrong = await api.ask('POST', root, viewer, { payload: { context: [1] } });
    expect([wrong.status, wrong.json.errorCode, 'key' in wrong.json]).toEqual([400, 'INVALID_CONTEXT', false]);
  });
});

/** Any JSON object, names included that mean something to us or to JavaScript. */
const anyContext = fc.dictionary(
  fc.oneof(fc.constantFrom('targetingKey', 'tenantId', 'userId', 'entityId', 'constructor', '$flagd'), fc.string()),
  fc.jsonValue(),
);

it('whatever the context is, OFREP answers or says what is wrong with it', async () => {
  await fc.assert(
    fc.asyncProperty(anyContext, fc.constantFrom(`${root}/experiment`, `${root}/layout`, root), async (context, path) => {
      const { status, json } = await api.ask('POST', path, viewer, { payload: { context } });
      expect([200, 400]).toContain(status);
      expect(status === 200 ? 'flags' in json || 'reason' in json : typeof json.errorCode).toBe(status === 200 || 'string');
    }),
    { numRuns: 100 },
  );
});

describe('the change stream of OFREP', () => {
  const uri = async (token = viewer): Promise<string> => {
    const { json } = await evaluate('off', { ...user }, token);
    return json.eventStreams[0].endpoint.requestUri;
  };
  async function listen(path: string, headers: Record<string, string> = {}) {
    const ending = new AbortController();
    const response = await fetch(`${url}${path}`, { headers, signal: ending.signal });
    const heard = { text: '' };
    void (async () => {
      for await (const chunk of response.body ?? []) heard.text += Buffer.from(chunk).toString();
    })().catch(() => {});
    const events = () =>
      [...heard.text.matchAll(/^id: (\S+)\nevent: message\ndata: (.*)\n\n/gm)].map(([, id, data]) => ({ id, ...JSON.parse(data ?? '') }));
    return { response, heard, events, end: () => ending.abort() };
  }

  it('tells each change to whoever has a ticket, a token or a key', async () => {
    const streams = await Promise.all([
      listen(await uri()),
      listen('/ofrep/v1/stream', { authorization: `Bearer ${viewer}` }),
      listen('/ofrep/v1/stream', { 'x-api-key': ofAcme }),
    ]);
    const before = api.deps.flagReader.state().revision;
    for (const { response, events } of streams) {
      expect([response.status, response.headers.get('content-type')]).toEqual([200, 'text/event-stream']);
      await eventually(() => expect(events()).toEqual([{ id: before, type: 'refetchEvaluation', etag: `"${before}"` }]));
    }
    await put({ id: 'my_feature', stage: 'internal', tenantBlacklist: ['globex'] });
    const after = api.deps.flagReader.state().revision;
    expect(after).not.toBe(before);
    for (const { events, end } of streams) {
      await eventually(() => expect(events().at(-1)).toEqual({ id: after, type: 'refetchEvaluation', etag: `"${after}"` }));
      end();
    }
  });

  it('says nothing to whoever comes back and has missed nothing', async () => {
    const revision = api.deps.flagReader.state().revision ?? '';
    const { heard, events, end } = await listen(await uri(), { 'last-event-id': revision });
    await eventually(() => expect(heard.text).toContain('retry: '));
    await put({ id: 'my_feature', stage: 'beta_10' });
    await eventually(() => expect(events().map(({ id }) => id)).toEqual([api.deps.flagReader.state().revision]));
    end();
  });

  it('opens by no ticket that is forged, has ended, or is of a revoked token; and a ticket opens nothing else', async () => {
    const statusOf = async (path: string) => (await api.ask('GET', path, null)).status;
    const own = await uri();
    const [path, ticket = ''] = own.split('?ticket=');
    const [id = '', ends = '', signed = ''] = ticket.split('.');
    const { row, token } = await createToken(api.postgres, { role: 'viewer', tenantId: null, name: 'test', expiresAt: null });
    const foreign = (await uri(token)).split('.')[2];
    for (const wrong of [`${id}.${ends}.${'A'.repeat(43)}`, `${id}.${ends}.${foreign}`, `${id}.zzzzzzzz.${signed}`, 'nonsense', ''])
      expect([wrong, await statusOf(`${path}?ticket=${wrong}`)]).toEqual([wrong, 401]);
    const revoked = await uri(token);
    await revokeToken(api.postgres, row.id);
    expect(await statusOf(revoked)).toBe(401);
    expect(await statusOf(`/api/v1/flags?ticket=${ticket}`)).toBe(400 + 1);
    api.clock.now += 2 * 86_400_000;
    expect(await statusOf(own)).toBe(401);
    api.clock.now -= 2 * 86_400_000;
  });

  it('ends when its process does, which waits for nobody', async () => {
    const app = build(api.deps);
    const own = await app.listen({ host: '127.0.0.1', port: 0 });
    const response = await fetch(`${own}/ofrep/v1/stream`, { headers: { 'x-api-key': viewer } });
    const text = response.text();
    await app.close();
    expect(await text).toContain('refetchEvaluation');
  });

  it('of an emitter’s token stays closed', async () => {
    expect((await api.ask('GET', '/ofrep/v1/stream', emitter)).status).toBe(403);
  });
});

describe('providers that others have made', () => {
  it('evaluate on a server through OpenFeature’s own provider, and a hook logs the exposures', async () => {
    const transport = testTransport();
    const impact = createImpactClient({ source: 'elsewhere', transport });
    await OpenFeature.setProviderAndWait('ofrep', new OFREPProvider({ baseUrl: url, headers: [['Authorization', `Bearer ${viewer}`]] }));
    const client = OpenFeature.getClient('ofrep');
    client.addHooks(exposureHook(impact));
    expect(await client.getObjectDetails('layout', {}, user)).toMatchObject({ value: { columns: 2 }, variant: 'wide', reason: 'STATIC' });
    const expected = api.deps.flagReader.evaluate('experiment', user);
    for (let i = 0; i < 3; i++)
      expect(await client.getBooleanDetails('experiment', false, user)).toMatchObject({ value: expected.value, variant: expected.variant });
    expect(await client.getBooleanDetails('none', true, user)).toMatchObject({ value: true, reason: 'ERROR', errorCode: 'FLAG_NOT_FOUND' });
    expect(await client.getBooleanDetails('layout', true, user)).toMatchObject({ value: true, errorCode: 'TYPE_MISMATCH' });
    expect(await client.getBooleanDetails('experiment', true)).toMatchObject({ value: true, errorCode: 'TARGETING_KEY_MISSING' });
    await impact.close();
    expect(transport.sent).toMatchObject([
      {
        kind: 'flag-exposures',
        tenantId: 'acme',
        userId: 'user_1',
        featureId: 'experiment',
        variant: expected.variant,
        rolloutStage: 'beta_50',
      },
    ]);
  });

  it('hold all flags as a browser does, and hear of a change within moments', async () => {
    await put({ id: 'my_feature', stage: 'ga' });
    const program = fileURLToPath(new URL('../support/ofrep-web-client.ts', import.meta.url));
    const browser = spawn(process.execPath, ['--experimental-eventsource', '--no-warnings', program, url, viewer], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    let printed = '';
    browser.stdout.on('data', (text) => {
      printed += String(text);
    });
    const last = () => JSON.parse(printed.trim().split('\n').at(-1) || 'null');
    await eventually(() => expect(last()).toEqual([true, 'treatment', 'STATIC']));
    await put({ id: 'my_feature', stage: 'internal' });
    await eventually(() => expect(last()).toEqual([false, 'control', 'DEFAULT']));
    await put({ id: 'my_feature', stage: 'ga' });
    await eventually(() => expect(last()).toEqual([true, 'treatment', 'STATIC']));
    browser.stdin.end();
    await new Promise((resolve) => browser.once('exit', resolve));
  });
});

it('is in the OpenAPI document', async () => {
  const { json } = await api.ask('GET', '/openapi.json', null);
  expect(Object.keys(json.paths)).toEqual(expect.arrayContaining([`${root}/{key}`, root, '/ofrep/v1/stream']));
  expect(json.paths[root].post.security).toEqual([{ token: [] }, { apiKey: [] }]);
  expect(Object.keys(json.paths[root].post.responses)).toEqual(expect.arrayContaining(['200', '304', '400', '500']));
  expect(json.components.securitySchemes).toMatchObject({ apiKey: { in: 'header', name: 'X-API-Key' }, ticket: { in: 'query' } });
});
