/** The outbox and the announcements: in one transaction with their cause, once each. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createPostgres, migratePostgres } from '../../src/adapters/postgres.ts';
import { databaseName } from '../../src/domain/names.ts';
import type { Outcome, Verdict } from '../../src/domain/notify/send.ts';
import { announce } from '../../src/query/announce.ts';
import { enqueue } from '../../src/query/outbox.ts';
import { type Claimed, claim, depths, settle } from '../../src/query/outbox-send.ts';
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

const outcome = { sent: { kind: 'sent', status: 200 }, retry: { kind: 'retry', status: 500, error: 'no' } } as const;
const settled = (message: Claimed, how: Outcome, verdict: Verdict, at = Date.now()) =>
  settle(postgres, { message, outcome: how, verdict, startedAt: at, endedAt: at });
/** Takes what is due at a moment, with a lease of a minute. */
const take = (at = Date.now(), paused: string[] = [], limit = 100) => claim(postgres, at, 60_000, limit, paused);
const keysOf = (claimed: readonly Claimed[]): string[] => claimed.map(({ key }) => key);

it('a message is one process’s for as long as its lease lasts, and then another’s', async () => {
  await postgres.query('DELETE FROM outbox');
  await enqueue(
    postgres,
    ['a', 'b', 'c'].map((key) => mail(key)),
  );
  const [first, second] = await Promise.all([take(Date.now(), [], 2), take()]);
  expect([...keysOf(first), ...keysOf(second)].sort()).toEqual(['a', 'b', 'c']);
  expect(await take()).toEqual([]);
  const later = Date.now() + 61_000;
  const again = await take(later);
  expect(again.map(({ attempt }) => attempt)).toEqual([2, 2, 2]);
  // The one who was too slow changes nothing any more; its attempt is logged all the same.
  await settled(first[0] as Claimed, outcome.retry, { state: 'dead' });
  await settled(again[0] as Claimed, outcome.sent, { state: 'sent' }, later);
  expect(await postgres.query('SELECT state, attempts FROM outbox WHERE id = $1', [again[0]?.id])).toEqual([
    { state: 'sent', attempts: 2 },
  ]);
  expect(await postgres.query('SELECT outcome FROM deliveries WHERE outbox_id = $1 ORDER BY attempt', [again[0]?.id])).toEqual([
    { outcome: 'dead' },
    { outcome: 'sent' },
  ]);
});

it('messages of a lane go one after the other, also past one that is given up; those of a paused target stay', async () => {
  await postgres.query('DELETE FROM outbox');
  await enqueue(
    postgres,
    ['1', '2', '3'].map((key) => ({ ...mail(key), lane: 'lane' })),
  );
  const [one] = await take();
  expect([one?.key, await take()]).toEqual(['1', []]);
  const from = Date.now();
  await settled(one as Claimed, outcome.retry, { state: 'pending', waitMs: 5_000 }, from);
  expect([keysOf(await take(from)), keysOf(await take(from + 5_001, ['mail/ops'])), keysOf(await take(from + 5_001))]).toEqual([
    [],
    [],
    ['1'],
  ]);
  await settled({ ...(one as Claimed), attempt: 2 }, outcome.retry, { state: 'dead' });
  expect(keysOf(await take())).toEqual(['2']);
  const [waiting] = await depths(postgres, Date.now());
  expect(waiting).toMatchObject({ channel: 'mail', waiting: 2, dead: 1 });
});

it('a Slack channel gets one message at a time, and later ones of a thread know where its first one stands', async () => {
  await postgres.query('DELETE FROM outbox');
  const post = (key: string, target: string) => ({ key, channel: 'slack' as const, target, payload: {}, lane: `${target}/thread` });
  await enqueue(postgres, [post('a', '#x'), post('b', '#x'), post('c', '#y'), { ...post('d', '#x'), lane: 'other' }]);
  const first = await take();
  expect(first.map(({ key, root }) => [key, root])).toEqual([
    ['a', null],
    ['c', null],
  ]);
  await settled(first[0] as Claimed, { ...outcome.sent, receipt: { channel: 'C1', ts: '1.2' } }, { state: 'sent' });
  expect((await take()).map(({ key, root }) => [key, root])).toEqual([['b', { channel: 'C1', ts: '1.2' }]]);
});
