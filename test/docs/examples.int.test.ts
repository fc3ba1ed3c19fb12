/** docs/examples are run as they stand, on the real components. */
import { type ChildProcess, spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { firstFlags } from '../../src/domain/flags/first-flags.ts';
import { definitionOf } from '../../src/domain/flags/flag.ts';
import type { RolloutStage } from '../../src/domain/flags/stage.ts';
import { openAdapters } from '../../src/main/adapters.ts';
import { prepareOutside } from '../../src/main/prepare.ts';
import { addMissing } from '../../src/query/flags/import.ts';
import { openTestApi, type TestApi } from '../support/api.ts';
import { eventsOn } from '../support/emitted.ts';
import { eventually } from '../support/eventually.ts';
import { by } from '../support/flag-world.ts';

const folder = fileURLToPath(new URL('../../docs/examples/contact-created/', import.meta.url));
const hooks = new URL('../support/from-source.mjs', import.meta.url).href;

let api: TestApi;
let child: ChildProcess;
let address = '';
let [written, complaints] = ['', ''];

const stage = (id: string, to: RolloutStage) => api.deps.flags.update(id, (flag) => ({ ...definitionOf(flag), stage: to }), null, by);

beforeAll(async () => {
  api = await openTestApi({ deps: { now: Date.now } });
  const adapters = openAdapters(api.config);
  await prepareOutside(adapters).finally(() => adapters.close());
  await addMissing(api.deps.flags, firstFlags, by);
  await stage('realtime_intelligence', 'beta_50');
  const url = await api.app.listen({ host: '127.0.0.1', port: 0 });
  const token = await api.token('operator');
  child = spawn(process.execPath, ['--import', hooks, `${folder}main.ts`], {
    env: { ...process.env, IMPACT_URL: url, IMPACT_TOKEN: token, PORT: '0' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  child.stdout?.on('data', (data) => {
    written += data;
  });
  child.stderr?.on('data', (data) => {
    complaints += data;
  });
  address = await eventually(async () => {
    const [, found] = /listening on (\S+)/.exec(written) ?? [];
    if (found === undefined) throw new Error(`the example does not listen: ${written}${complaints}`);
    return found;
  }, 30_000);
});
afterAll(async () => {
  child?.kill('SIGKILL');
  await api?.close();
});

async function post(path: string, body: unknown): Promise<{ status: number; json: Record<string, unknown> }> {
  const response = await fetch(`${address}${path}`, { method: 'POST', body: typeof body === 'string' ? body : JSON.stringify(body) });
  return { status: response.status, json: (await response.json()) as Record<string, unknown> };
}
const created = (contact: string) => post('/webhooks/ghl/contact-created', { contact: { id: contact }, location_id: 'tenant_123' });
const users = Array.from({ length: 30 }, (_, i) => `user_${i}`);

describe('docs/examples/contact-created', () => {
  it('imports nothing but its own files, Node and public entries of the package', () => {
    const { exports } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { exports: object };
    const files = readdirSync(folder).filter((name) => name.endsWith('.ts'));
    const imported = files.flatMap((name) =>
      [...readFileSync(`${folder}${name}`, 'utf8').matchAll(/from '([^']+)'/g)].map(([, from]) => from ?? ''),
    );
    const allowed = (from: string) => /^(\.\/|node:)/.test(from) || Object.hasOwn(exports, from.replace('impactstream', '.'));
    expect(imported.filter((from) => from.startsWith('impactstream')).length).toBeGreaterThan(4);
    expect(imported.filter((from) => !allowed(from))).toEqual([]);
  });

  it('leaves contacts alone while the feature is off, and intervenes at stage 2 for those likely to leave once it is on', async () => {
    expect((await created('c-1-silent')).json).toEqual({ status: 'processed', interventionStage: null });
    await stage('churn_prevention', 'ga');
    const { json } = await eventually(async () => {
      const answer = await created('c-2-silent');
      if (answer.json['interventionStage'] === null) throw new Error('the change has not arrived');
      return answer;
    });
    expect(json).toEqual({ status: 'processed', interventionStage: 2 });
    expect((await created('c-3-talks')).json).toEqual({ status: 'processed', interventionStage: null });
    expect(written).toContain('intervention of stage 2 for c-2-silent');
  });

  it('tracks the outcome of an intervention once it is known', async () => {
    const outcome = { tenantId: 'tenant_123', churned: false };
    expect((await post('/api/interventions/c-2-silent/outcome', outcome)).status).toBe(200);
    expect((await post('/api/interventions/c-2-silent/outcome', outcome)).status).toBe(404);
    const [event] = await eventually(async () => {
      const events = await eventsOn(api.config, 'churn-prevention');
      if (events.length === 0) throw new Error('not there yet');
      return events;
    });
    expect(event).toMatchObject({
      entityId: 'c-2-silent',
      interventionStage: 2,
      churned: false,
      riskScore: 0.8,
      source: 'contact-created',
    });
  });

  it('processes leads by variant, and tracks exposures and response times with it', async () => {
    const variants = new Map<string, unknown>();
    for (const userId of users) {
      const { json } = await post('/api/leads/lead_789/process', { tenantId: 'tenant_123', userId });
      variants.set(userId, json['variant']);
      expect(json['result']).toBe(json['variant'] === 'treatment' ? 'lead_789, scored at once' : 'lead_789, put into the queue');
    }
    expect(new Set(variants.values())).toEqual(new Set(['control', 'treatment']));
    await eventually(async () => {
      const [answers, exposures] = [await eventsOn(api.config, 'lead-intelligence'), await eventsOn(api.config, 'flag-exposures')];
      for (const events of [answers, exposures])
        expect(Object.fromEntries(events.map(({ userId, variant }) => [userId, variant]))).toMatchObject(Object.fromEntries(variants));
      expect(answers).toHaveLength(users.length);
    });
  });

  it('says what a wrong request should have been', async () => {
    const answers = [
      await post('/webhooks/ghl/contact-created', { contact: {} }),
      await post('/api/leads/lead_789/process', { tenantId: 'tenant_123' }),
      await post('/api/interventions/c-2-silent/outcome', { tenantId: 'tenant_123', churned: 'no' }),
      await post('/api/leads/lead_789/process', '{'),
      await post('/api/leads/lead_789/delete', {}),
    ];
    expect(answers.map(({ status }) => status)).toEqual([400, 400, 400, 400, 404]);
    expect(answers.every(({ json }) => typeof json['expected'] === 'string')).toBe(true);
  });

  it('ends in an orderly way, with nothing undelivered', async () => {
    const ended = new Promise((resolve) => child.once('exit', (code, signal) => resolve(signal ?? code)));
    child.kill('SIGTERM');
    expect([await ended, complaints]).toEqual([0, '']);
  });
});
