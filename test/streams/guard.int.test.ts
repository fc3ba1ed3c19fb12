/** The guard stage on real Kafka, registry, Redis and Postgres. */
import { afterEach, describe, expect, it } from 'vitest';
import type { RunningStage } from '../../src/runtime/stage.ts';
import { eventually } from '../support/eventually.ts';
import { type GuardWorld, openGuardWorld } from '../support/guard-world.ts';
import { type OwnRedis, openRedis } from '../support/own-redis.ts';

const opened: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of opened.splice(0).reverse()) await close();
});

async function guarded(env: Record<string, string> = {}): Promise<{ world: GuardWorld; guard: RunningStage }> {
  const world = await openGuardWorld(env);
  opened.push(world.close);
  const [guard] = (await world.startGuard()) as [RunningStage];
  opened.push(guard.stop);
  await eventually(() => expect(guard.health()).toEqual({ ready: true, reasons: [] }));
  return { world, guard };
}
const failing = { errors: [0.01, 0.2] as [number, number] };

describe('the guard stage', () => {
  it('switches a harmful feature off within seconds, tells why, and leaves a healthy one on', async () => {
    const { world } = await guarded();
    const harmful = await world.createFlag({ id: 'property_intelligence', stage: 'beta_25' });
    const healthy = await world.createFlag({ id: 'checkout', stage: 'beta_50', metadata: { guardMetrics: 'happiness:higher' } });
    const started = performance.now();
    for (let i = 0; (await world.flags.get(harmful.id))?.stage !== 'disabled' && i < 50; i++)
      await world.serve([harmful, healthy], 300, (flag) => (flag === harmful ? failing : {}));
    expect(await world.flags.get(harmful.id)).toMatchObject({ stage: 'disabled', version: 2 });
    expect(performance.now() - started).toBeLessThan(15_000);
    const [change] = await world.flags.history(harmful.id);
    expect(change).toMatchObject({
      kind: 'stage_changed',
      by: 'guard',
      reason: expect.stringContaining('error-rate spike: Guardrail request_error'),
    });
    await eventually(() => expect(world.alerts.records).toHaveLength(1));
    expect(world.rollbacks.records).toEqual([change?.evidence]);
    expect(world.rollbacks.records[0]).toMatchObject({
      rollbackId: 'property_intelligence:1',
      stage: 'beta_25',
      reason: 'error-rate spike',
    });
    expect(world.alerts.records[0]).toMatchObject({ rule: 'guard_rollback', state: 'firing', featureId: 'property_intelligence' });
    expect(await world.flags.get(healthy.id)).toMatchObject({ stage: 'beta_50', version: 1 });
    // Whoever switches it on again has seen the alert, and the tests begin anew.
    const again = await world.changeStage(harmful.id, 'beta_10');
    await eventually(() => expect(world.alerts.records.map(({ transition }) => transition)).toEqual(['opened', 'resolved']));
    await eventually(async () => {
      await world.serve([again], 500, () => failing);
      expect(world.rollbacks.records).toHaveLength(2);
    }, 40_000);
    expect(world.rollbacks.records[1]).toMatchObject({ rollbackId: 'property_intelligence:3', stage: 'beta_10' });
  });

  it('decides while Redis is away, says so in its health, and switches the feature off when Redis is back', async () => {
    const redis: OwnRedis = await openRedis();
    opened.push(redis.close);
    const { world, guard } = await guarded({ REDIS_URL: redis.url });
    const flag = await world.createFlag({ id: 'property_intelligence', stage: 'beta_50' });
    await world.serve([flag], 50, () => ({}));
    await redis.stop();
    await eventually(async () => {
      await world.serve([flag], 300, () => failing);
      expect(world.rollbacks.records).toHaveLength(1);
    }, 40_000);
    await eventually(
      () =>
        expect(guard.health().reasons).toEqual(
          expect.arrayContaining([expect.stringContaining('the rollback of property_intelligence waits: ')]),
        ),
      30_000,
    );
    await redis.start();
    await eventually(async () => expect(await world.flags.get(flag.id)).toMatchObject({ stage: 'disabled', version: 2 }), 30_000);
    await eventually(() => expect(guard.health()).toEqual({ ready: true, reasons: [] }));
    expect(world.rollbacks.records).toHaveLength(1);
  });
});
