/** The outbox and the announcements: in one transaction with their cause, once each. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createPostgres, migratePostgres } from '../../src/adapters/postgres.ts';
import { databaseName } from '../../src/domain/names.ts';
import { announce } from '../../src/query/announce.ts';
import { enqueue } from '../../src/query/outbox.ts';
import { testConfig } from '../support/config.ts';

const config = testConfig();
const postgres = createPostgres(config);

beforeAll(() => migratePostgres(postgres, config));
afterAll(async () => {
  await postgres.query(`DROP SCHEMA IF EXISTS ${databaseName(config.namespace, 'impact')} CASCADE`);
  await postgres.close();
});

const mail = (key: string, text = 'hello') => ({
  key,
  channel: 'mail' as const,
  target: 'ops',
  payload: { to: ['a@b.c'], subject: 's', text },
});

it('messages are kept in their order, each key once, the first one of it', async () => {
  const keys = Array.from({ length: 50 }, (_, i) => `m${i}`);
  expect(
    await postgres.transaction((tx) =>
      enqueue(
        tx,
        keys.map((key) => mail(key)),
      ),
    ),
  ).toEqual(keys);
  expect(await enqueue(postgres, [mail('m1', 'again'), mail('new')])).toEqual(['new']);
  expect(await enqueue(postgres, [])).toEqual([]);
  const rows = await postgres.query<{ key: string; text: string }>(`SELECT key, payload->>'text' AS text FROM outbox ORDER BY id`);
  expect(rows).toEqual([...keys, 'new'].map((key) => ({ key, text: 'hello' })));
});

it('a message is not before its time, and now without one', async () => {
  await enqueue(postgres, [{ ...mail('later'), notBefore: Date.UTC(2200, 0, 1) }, mail('at once')]);
  const rows = await postgres.query(`SELECT key FROM outbox WHERE not_before <= now() AND key IN ('later', 'at once')`);
  expect(rows).toEqual([{ key: 'at once' }]);
});

it('nothing is there of a transaction that failed', async () => {
  const failing = postgres.transaction(async (tx) => {
    await enqueue(tx, [mail('never')]);
    await announce(tx, { id: 'never', type: 'report_ready', occurredAt: 0, tenantId: null, data: {} });
    throw new Error('no');
  });
  await expect(failing).rejects.toThrow('no');
  expect(await postgres.query(`SELECT key FROM outbox WHERE key = 'never' UNION ALL SELECT id FROM announcements`)).toEqual([]);
});

it('a happening is announced once', async () => {
  const one = {
    id: 'roi:2026-01-11',
    type: 'roi_calculation_complete' as const,
    occurredAt: Date.UTC(2026, 0, 11),
    tenantId: 'acme',
    data: { a: 1 },
  };
  for (const _ of [1, 2]) await postgres.transaction((tx) => announce(tx, one));
  const rows = await postgres.query<{ occurred_at: Date }>('SELECT type, occurred_at, tenant_id, data FROM announcements');
  expect(rows).toEqual([{ type: one.type, occurred_at: new Date(one.occurredAt), tenant_id: 'acme', data: { a: 1 } }]);
});
