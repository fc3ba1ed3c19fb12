/** What the API serves to the dashboard, asked without a browser: files, brand, who one is, the change stream. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildDashboard } from '../../infra/local/dashboard.ts';
import { dashboardFolder, pagePaths } from '../../src/api/static.ts';
import { NOW, openTestApi, type TestApi } from '../support/api.ts';
import { eventOf } from '../support/feature-events.ts';
import { definition } from '../support/flags.ts';
import { storeEvents } from '../support/warehouse.ts';

let api: TestApi;
let viewer: string;
let url: string;

beforeAll(async () => {
  await buildDashboard();
  api = await openTestApi({ env: { WEB_TITLE: 'Acme impact', WEB_ACCENT_COLOR: '#ffff00' } });
  viewer = await api.token('viewer');
  url = await api.app.listen({ port: 0, host: '127.0.0.1' });
});
afterAll(() => api?.close());

describe('the files of the dashboard', () => {
  it('are the same document at every page, with a policy that allows files of our own only', async () => {
    const answers = await Promise.all(pagePaths.map((path) => api.ask('GET', path, null)));
    expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
    for (const { status, headers } of answers) {
      expect(status).toBe(200);
      expect(headers['cache-control']).toBe('no-cache');
      expect(headers['content-security-policy']).toMatch(/default-src 'none'; script-src 'self'; style-src 'self'/);
      expect(headers['content-security-policy']).not.toContain('unsafe');
    }
    expect(answers[0]?.text).not.toMatch(/<script>|style=|https?:\/\//);
  });

  it('come compressed and for ever, and are told to be the same when they are', async () => {
    const page = readFileSync(join(dashboardFolder, 'index.html'), 'utf8');
    const asset = /\/assets\/[\w-]+\.js/.exec(page)?.[0] ?? '';
    const plain = await api.ask('GET', asset, null);
    expect(plain.headers).toMatchObject({ 'cache-control': 'public, max-age=31536000, immutable', vary: 'accept-encoding' });
    expect(plain.headers['content-encoding']).toBeUndefined();
    const packed = await api.app.inject({ url: asset, headers: { 'accept-encoding': 'gzip;q=1.0, br;q=0' } });
    expect(packed.headers['content-encoding']).toBe('gzip');
    expect(gunzipSync(packed.rawPayload).toString()).toBe(plain.text);
    expect((await api.app.inject({ url: asset, headers: { 'accept-encoding': 'gzip, br' } })).headers['content-encoding']).toBe('br');
    const again = await api.app.inject({ url: asset, headers: { 'if-none-match': String(plain.headers['etag']) } });
    expect([again.statusCode, again.body]).toEqual([304, '']);
    expect((await api.ask('GET', '/assets/..%2f..%2fpackage.json', null)).status).toBe(404);
  });

  it('weigh less than 250 kB in all', async () => {
    const { readdirSync, statSync } = await import('node:fs');
    const sizes = readdirSync(join(dashboardFolder, 'assets'))
      .filter((name) => name.endsWith('.gz'))
      .map((name) => statSync(join(dashboardFolder, 'assets', name)).size);
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(250_000);
  });

  it('bear the installation’s name, and its colour where it can be read', async () => {
    expect((await api.ask('GET', '/brand.json', null)).json).toEqual({ title: 'Acme impact', logo: false });
    const { text } = await api.ask('GET', '/brand.css', null);
    expect(text).toMatch(/^:root\{--accent:light-dark\(#[0-9a-f]{6}, #ffff00\)/);
    expect(text).not.toContain('light-dark(#ffff00');
  });
});

it('tells who holds a token, and what it may see', async () => {
  const { json } = await api.ask('GET', '/api/v1/me', await api.token('operator', 'acme'));
  expect(json).toMatchObject({ role: 'operator', tenant: 'acme', timeZone: 'UTC', targets: { roiPercent: 710 } });
});

describe('the change stream', () => {
  type Event = { id: string; changed: string[] };
  /** Listens until so many events have come, or gives up after ten seconds. */
  async function listen(count: number, lastEventId: string | null, meanwhile: () => Promise<unknown> = async () => {}): Promise<Event[]> {
    const signal = AbortSignal.timeout(10_000);
    const headers = { authorization: `Bearer ${viewer}`, ...(lastEventId === null ? {} : { 'last-event-id': lastEventId }) };
    const response = await fetch(`${url}/api/v1/live`, { headers, signal });
    const events: Event[] = [];
    let text = '';
    for await (const chunk of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
      text += chunk;
      const complete = [...text.matchAll(/id: (\S+)\nevent: change\ndata: (.*)\n\n/g)];
      events.splice(
        0,
        events.length,
        ...complete.map(([, id = '', data = '{}']) => ({ id, ...(JSON.parse(data) as { changed: string[] }) })),
      );
      if (events.length === 1 && count > 1) await meanwhile();
      if (events.length >= count) return events;
    }
    return events;
  }

  it('says how things stand, then what changes, and after a break what was missed', async () => {
    const [first, second] = await listen(2, null, () =>
      api.deps.flags.create(definition({ id: 'told' }), { by: 'a test', reason: 'to be told' }),
    );
    expect(first?.changed).toEqual(['data', 'alerts', 'quality', 'flags', 'messages', 'targets', 'rules', 'rollouts']);
    expect(second?.changed).toEqual(['flags']);
    // Stored by the real clock, which is what "lately" is measured by here.
    api.clock.now = Date.now();
    await storeEvents(api.clickhouse, [eventOf('lead-intelligence', new Date(NOW).toISOString())]);
    const [missed] = await listen(1, second?.id ?? '');
    expect(missed?.changed).toContain('data');
    expect(missed?.changed).not.toContain('alerts');
    api.clock.now = NOW;
  });
});
