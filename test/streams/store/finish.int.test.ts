import { expect, it } from 'vitest';
import { testConfig } from '../../support/config.ts';
import { validRecord } from '../../support/events.ts';
import { allStored, openStore, openWorld, sendEvents } from '../../support/store.ts';

it('a flush whose second half fails in whatever way is finished all the same, before anything that comes after it', async () => {
  const world = await openWorld(testConfig({ STORE_FLUSH_MS: '50' }));
  let failed = 0;
  const store = await openStore(world.config, 'store.after-minutes', undefined, () => {
    failed += 1;
    throw new Error('a fault that nobody has thought of');
  });
  try {
    await sendEvents(world, [{ kind: 'custom-metrics', record: validRecord('custom-metrics', { occurredAt: Date.now() }) }]);
    await allStored(world.config);
    expect(failed).toBe(1);
    const [days] = await world.clickhouse.query<{ n: number }>('SELECT toFloat64(sum(n)) AS n FROM rollup_1d_active');
    expect(days?.n).toBe(1);
    expect(store.health()).toEqual({ ready: true, reasons: [] });
  } finally {
    await store.stop();
    await world.close();
  }
});
