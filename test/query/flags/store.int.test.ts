import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ImpactError } from '../../../src/domain/errors.ts';
import { definitionOf, type Flag } from '../../../src/domain/flags/flag.ts';
import { flagKeys } from '../../../src/domain/flags/keyspace.ts';
import { createFlagStore } from '../../../src/query/flags/store.ts';
import { eventually } from '../../support/eventually.ts';
import { by, type FlagWorld, openFlagWorld } from '../../support/flag-world.ts';
import { definition } from '../../support/flags.ts';

let world: FlagWorld;
beforeAll(async () => {
  world = await openFlagWorld();
});
afterAll(() => world?.close());

const named = (name: string) => (flag: Flag) => ({ ...definitionOf(flag), name });
const codeOf = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'done',
    (error: unknown) => (error instanceof ImpactError ? error.code : String(error)),
  );
const keys = () => flagKeys(world.config.namespace);

describe('a flag', () => {
  it('is created once, read, changed, archived and deleted, its versions counting on', async () => {
    const { store } = world;
    const made = await store.create(definition({ id: 'life' }), by);
    expect(made).toMatchObject({ id: 'life', version: 1, archived: false });
    expect(await store.get('life')).toEqual(made);
    expect(await codeOf(store.create(definition({ id: 'life' }), by))).toBe('conflict');
    expect(await store.update('life', named('second'), 1, by)).toMatchObject({ version: 2, name: 'second', createdAt: made.createdAt });
    expect(await store.setArchived('life', true, 2, by)).toMatchObject({ version: 3, archived: true });
    await store.remove('life', 3, by);
    expect(await store.get('life')).toBeNull();
    expect(await store.create(definition({ id: 'life' }), by)).toMatchObject({ version: 5, archived: false });
  });

  it('is changed only by who has seen the present version', async () => {
    const { store } = world;
    await store.create(definition({ id: 'seen' }), by);
    await store.update('seen', named('two'), null, by);
    expect(await codeOf(store.update('seen', named('three'), 1, by))).toBe('precondition_failed');
    expect(await codeOf(store.remove('seen', 1, by))).toBe('precondition_failed');
    expect(await codeOf(store.update('unseen', named('x'), null, by))).toBe('not_found');
    expect(await codeOf(store.remove('unseen', 1, by))).toBe('not_found');
    expect(await store.get('seen')).toMatchObject({ version: 2, name: 'two' });
  });

  it('is changed by one of many who try at once from the same version', async () => {
    const { store } = world;
    await store.create(definition({ id: 'race' }), by);
    const outcomes = await Promise.all(Array.from({ length: 10 }, (_, i) => codeOf(store.update('race', named(`n${i}`), 1, by))));
    expect(outcomes.filter((outcome) => outcome === 'done')).toHaveLength(1);
    expect(outcomes.filter((outcome) => outcome === 'precondition_failed')).toHaveLength(9);
  });

  it('takes every one of many changes that do not mind the version', async () => {
    const { store } = world;
    await store.create(definition({ id: 'many' }), by);
    const add = (tenant: string) => (flag: Flag) => ({ ...definitionOf(flag), tenantWhitelist: [...flag.tenantWhitelist, tenant] });
    await Promise.all(Array.from({ length: 8 }, (_, i) => store.update('many', add(`t${i}`), null, by)));
    const flag = await store.get('many');
    expect([flag?.version, [...(flag?.tenantWhitelist ?? [])].sort()]).toEqual([9, Array.from({ length: 8 }, (_, i) => `t${i}`)]);
  });

  it('that is not changed has no new version and no history', async () => {
    const { store } = world;
    await store.create(definition({ id: 'same' }), by);
    expect(await store.update('same', (flag) => definitionOf(flag), 1, by)).toMatchObject({ version: 1 });
    expect(await store.setArchived('same', false, 1, by)).toMatchObject({ version: 1 });
    expect(await store.history('same')).toHaveLength(1);
  });

  it('keeps what decides who gets what while its rollout is under way', async () => {
    const { store } = world;
    await store.create(definition({ id: 'running', stage: 'beta_10' }), by);
    const reseeded = (flag: Flag) => ({ ...definitionOf(flag), seed: 'another' });
    const refused = await store.update('running', reseeded, 1, by).catch((error: unknown) => error);
    expect(refused).toMatchObject({ code: 'unprocessable', problems: [{ field: 'seed' }] });
  });
});

describe('every change', () => {
  it('is in the history with who, why, the evidence and both versions, the last one first', async () => {
    const { store } = world;
    await store.create(definition({ id: 'told' }), { by: 'ann', reason: 'new' });
    const evidence = { rate: 7.5, limit: 5 };
    await store.update('told', (flag) => ({ ...definitionOf(flag), stage: 'beta_10' }), 1, { by: 'guard', reason: 'spike', evidence });
    await store.remove('told', 2, { by: 'bob', reason: 'no longer needed' });
    const history = await store.history('told');
    expect(history.map(({ version, kind, by, reason }) => [version, kind, by, reason])).toEqual([
      [3, 'deleted', 'bob', 'no longer needed'],
      [2, 'stage_changed', 'guard', 'spike'],
      [1, 'created', 'ann', 'new'],
    ]);
    expect(history[1]).toMatchObject({ evidence, before: { stage: 'disabled', version: 1 }, after: { stage: 'beta_10', version: 2 } });
    expect([history[0]?.after, history[2]?.before]).toEqual([null, null]);
  });

  it('is told once each, one flag’s in order', async () => {
    const { store, told } = world;
    await store.create(definition({ id: 'order' }), by);
    for (let i = 0; i < 5; i++) await store.update('order', named(`n${i}`), null, by);
    await store.flush();
    const versions = await eventually(() => {
      const seen = told.filter(({ flagId }) => flagId === 'order').map(({ version }) => version);
      expect(seen).toHaveLength(6);
      return seen;
    });
    expect(versions).toEqual([1, 2, 3, 4, 5, 6]);
    expect(new Set(told.map(({ id }) => id)).size).toBe(told.length);
  });

  it('takes effect while Postgres and the topic are away, and is recorded and told when they are back', async () => {
    const { store, broken, delays, told, connection } = world;
    await store.create(definition({ id: 'delayed' }), by);
    broken.postgres = true;
    expect(await store.update('delayed', named('in force'), 1, by)).toMatchObject({ version: 2 });
    expect(await store.get('delayed')).toMatchObject({ name: 'in force' });
    expect(delays).toContain('recording changes of flags in Postgres');
    expect(await connection.llen(keys().outbox)).toBe(1);
    Object.assign(broken, { postgres: false, topic: true });
    expect((await store.history('delayed'))[0]).toMatchObject({ version: 2 });
    await expect(store.keep()).rejects.toThrow('away');
    expect(told.filter(({ flagId, version }) => flagId === 'delayed' && version === 2)).toHaveLength(0);
    broken.topic = false;
    await store.keep();
    expect(told.filter(({ flagId, version }) => flagId === 'delayed' && version === 2)).toHaveLength(1);
    expect(await connection.llen(keys().outbox)).toBe(0);
  });
});

describe('Redis', () => {
  it('that has lost everything is filled again from Postgres, by the first who asks', async () => {
    const { store, connection } = world;
    await store.create(definition({ id: 'kept', tenantWhitelist: ['a'] }), by);
    await store.create(definition({ id: 'dropped' }), by);
    await store.remove('dropped', 1, by);
    const before = await store.list();
    await connection.del(keys().flags);
    expect(await store.get('kept')).toMatchObject({ version: 1, tenantWhitelist: ['a'] });
    const after = await store.list();
    expect(after.flags).toEqual(before.flags);
    expect(after.revision.split('.')[0]).not.toBe(before.revision.split('.')[0]);
    expect(await store.create(definition({ id: 'dropped' }), by)).toMatchObject({ version: 3 });
  });

  it('that has lost its last changes gets these back', async () => {
    const { store, connection } = world;
    await store.create(definition({ id: 'rolled-back' }), by);
    const old = await connection.hgetall(keys().flags);
    await store.update('rolled-back', named('newer'), 1, by);
    await connection.multi().del(keys().flags).hset(keys().flags, old).exec();
    expect(await store.get('rolled-back')).toMatchObject({ version: 1 });
    await store.keep();
    expect(await store.get('rolled-back')).toMatchObject({ version: 2, name: 'newer' });
    const epoch = (await store.list()).revision;
    await store.keep();
    expect((await store.list()).revision).toBe(epoch);
  });

  it('does not lose a change that it alone knows when it is filled', async () => {
    const { store, broken, connection } = world;
    await store.create(definition({ id: 'only-here' }), by);
    broken.postgres = true;
    await store.update('only-here', named('unrecorded'), 1, by);
    broken.postgres = false;
    await connection.del(keys().flags);
    expect(await store.get('only-here')).toMatchObject({ version: 2, name: 'unrecorded' });
  });

  it('keeps flags for a day after they were last used', async () => {
    const { store, connection } = world;
    await connection.pexpire(keys().flags, 1000);
    await store.keep();
    const left = await connection.pttl(keys().flags);
    expect(left).toBeGreaterThan(86_000_000);
    expect(left).toBeLessThanOrEqual(86_400_000);
    expect(await connection.pttl(keys().outbox)).toBe(-2);
  });

  it('with something in a flag’s place that is no flag is said to be at fault, and the others are served', async () => {
    const { store, connection, keyspace } = world;
    await connection.hset(keys().flags, 'flag:odd', '{"id":"odd"}', 'version:odd', '1');
    expect(await codeOf(store.get('odd'))).toBe('internal');
    expect((await store.list()).flags.length).toBeGreaterThan(3);
    expect((await keyspace.read())?.unreadable).toEqual(['odd']);
    await connection.hdel(keys().flags, 'flag:odd', 'version:odd');
  });

  it('whose answer to a change was lost is asked whether the change was made', async () => {
    const { store, keyspace, postgres } = world;
    await store.create(definition({ id: 'lost-answer' }), by);
    // The connection breaks after the script has run, and sends it again: it conflicts with itself.
    const change: typeof keyspace.change = (step) => keyspace.change(step).then(() => keyspace.change(step));
    const deps = { keyspace: { ...keyspace, change }, postgres, tell: async () => {}, onDelay: () => {}, now: Date.now, newId: randomUUID };
    expect(await createFlagStore(deps).update('lost-answer', named('once'), 1, by)).toMatchObject({ version: 2, name: 'once' });
    expect(await store.get('lost-answer')).toMatchObject({ version: 2 });
  });
});
