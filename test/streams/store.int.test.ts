import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RunningStage } from '../../src/runtime/stage.ts';
import { testConfig } from '../support/config.ts';
import { validRecord } from '../support/events.ts';
import { eventually } from '../support/eventually.ts';
import { openStore, openWorld, rollupRows, sendEvents, type World } from '../support/store.ts';

const minute = Math.floor((Date.now() - 3_600_000) / 60_000) * 60_000;
let world: World;
let store: RunningStage;

const uuid = (n: number): string => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;
const lead = (n: number, changes: Record<string, unknown> = {}) => ({
  kind: 'lead-intelligence' as const,
  record: validRecord('lead-intelligence', { eventId: uuid(n), occurredAt: minute + n, responseTimeSeconds: 25.25, ...changes }),
});

beforeAll(async () => {
  world = await openWorld(testConfig({ STORE_FLUSH_MS: '50' }));
  store = await openStore(world.config);
});

afterAll(async () => {
  await store?.stop();
  await world?.close();
});

describe('the store', () => {
  it('turns events into rows and three tiers of rollups', async () => {
    await sendEvents(world, [lead(1), lead(2, { responseTimeSeconds: 900 }), lead(3, { variant: null })]);
    await eventually(async () => expect((await rollupRows(world, '1d')).reduce((n, row) => n + row.n, 0)).toBe(9));
    const response = (await rollupRows(world, '1m')).filter(({ metric }) => metric === 'response_time_seconds');
    expect(response).toMatchObject([
      { variant: '', n: 1, sum: 25.25, value_usd: '12.149306' },
      { variant: 'treatment', n: 2, sum: 925.25, value_usd: '12.149306' },
    ]);
  });
});
