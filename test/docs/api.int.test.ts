/** docs/api.md is executed: every request in it is answered, and every route is in it. */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { errorCatalogue } from '../../src/domain/errors.ts';
import { stepMs } from '../../src/domain/step.ts';
import { alertRow } from '../support/alert-rows.ts';
import { openTestApi, type TestApi } from '../support/api.ts';
import { envelope } from '../support/events.ts';
import { eventOf } from '../support/feature-events.ts';
import { definition } from '../support/flags.ts';
import { storeEvents } from '../support/warehouse.ts';

const page = readFileSync(new URL('../../docs/api.md', import.meta.url), 'utf8');
const blocks = [...page.matchAll(/```http\n([\s\S]*?)```/g)].flatMap((match) => (match[1] ?? '').trim().split('\n'));

let api: TestApi;
let admin: string;

beforeAll(async () => {
  api = await openTestApi();
  admin = await api.token('admin');
  await storeEvents(api.clickhouse, [
    eventOf('lead-intelligence', '2026-01-11T10:00:00Z', { tenantId: 'acme', eventId: envelope.eventId }),
  ]);
  await api.clickhouse.insertRows('alerts', [alertRow('error-rate-1')]);
  const by = { by: 'a test', reason: 'to be read' };
  await api.deps.flags.create(definition({ id: 'my_feature' }), by);
  await api.deps.rollouts.plan('my_feature', { metrics: ['order_value'] }, null, by);
});
afterAll(() => api?.close());

describe('docs/api.md', () => {
  it('shows a rule that can be stored as it stands', async () => {
    const body = /-d '(\{[\s\S]*?\})'/.exec(page)?.[1] ?? '';
    const { status } = await api.ask('POST', '/api/v1/rules', admin, { payload: body, headers: { 'content-type': 'application/json' } });
    expect(status).toBe(201);
  });

  it.each(blocks)('has a request that is answered: %s', async (line) => {
    const [method, url] = line.split(' ') as ['GET', string];
    const { status, text } = await api.ask(method, url, admin);
    expect(status, text).toBe(200);
  });

  it('mentions every route, step and error code', async () => {
    const pathsInText = (await api.routes())
      .filter((route) => !route.startsWith('HEAD'))
      .map((route) => route.replace(/^\S+ /, '').replace(/\/:.*|\/\*?$/, ''));
    expect(pathsInText.filter((path) => !path.startsWith('/docs') && !page.includes(path))).toEqual([]);
    expect(Object.keys(stepMs).filter((step) => !new RegExp(`[\` ]${step}[\` ]`).test(page))).toEqual([]);
    expect(Object.keys(errorCatalogue).filter((code) => code !== 'bad_configuration' && !page.includes(`\`${code}\``))).toEqual([]);
  });
});
