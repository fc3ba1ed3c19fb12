/** What must hold after any disturbance: what the stages have made is exactly what the events that happened say. */
import { expect } from 'vitest';
import type { FeatureEvent } from '../../src/domain/event.ts';
import { floorTo } from '../../src/domain/window.ts';
import type { Adapters } from '../../src/main/adapters.ts';
import { followAlerts, followWindows } from './committed.ts';
import { breachSpecs, WINDOW_MS } from './disturbed.ts';
import { eventually } from './eventually.ts';
import { storedIds, storedSums, sumsOf, tiers } from './sums.ts';
import { compareWindows, doubleParts, doubles, windowParts } from './window-rows.ts';

const PATIENCE_MS = 60_000;

/** Every event once, and three tiers that add up to the events, to the millionth of a dollar. Nothing is late or bad. */
export async function expectStored({ clickhouse }: Adapters, events: readonly FeatureEvent[]): Promise<void> {
  expect(events.length).toBeGreaterThan(1000);
  const stored = await storedIds(clickhouse);
  const known = new Set(stored);
  const lost = events.filter(({ eventId }) => !known.has(eventId));
  expect(lost.map(({ kind, tenantId, occurredAt }) => `${kind} of ${tenantId} at ${new Date(occurredAt).toISOString()}`)).toEqual([]);
  expect(stored.length).toBe(events.length);
  for (const tier of tiers) expect(await storedSums(clickhouse, tier)).toEqual(sumsOf(events, tier));
  const bad = await clickhouse.query(
    'SELECT (SELECT count() FROM dead_letters) AS dead, (SELECT count() FROM late_events) AS late, (SELECT count() FROM event_conflicts) AS conflicts',
  );
  expect(bad).toEqual([{ dead: 0, late: 0, conflicts: 0 }]);
}

/** Every window that the events have closed says what its events say, and no row stands there twice. */
export async function expectWindows(adapters: Adapters, events: readonly FeatureEvent[]): Promise<void> {
  const followed = await followWindows(adapters);
  const through = floorTo(events.at(-1)?.occurredAt ?? 0, WINDOW_MS);
  const compared = () => compareWindows(windowParts(followed.records), events, breachSpecs, through);
  const complete = (): void => expect(compared().told.length).toBe(compared().wanted.length);
  await eventually(complete, PATIENCE_MS, 1000).catch(() => {});
  const { told, wanted } = compared();
  expect(told).toEqual(wanted);
  expect(doubleParts(windowParts(followed.records))).toEqual([]);
  await followed.stop();
}

/** Each breach opened its alert once and resolved it once; no transition was told twice, and each one is recorded. */
export async function expectAlerts(adapters: Adapters, breaches: readonly number[]): Promise<void> {
  const followed = await followAlerts(adapters);
  const wanted = breaches.flatMap((start) => [`opened ${start + WINDOW_MS}`, `resolved ${start + 2 * WINDOW_MS}`]);
  const told = () =>
    followed.records.filter(({ rule }) => rule === 'breach').map(({ transition, windowEnd }) => `${transition} ${windowEnd}`);
  await eventually(() => expect(told()).toEqual(wanted), PATIENCE_MS);
  expect(doubles(followed.records.map(({ transitionId }) => transitionId))).toEqual([]);
  const recorded = async (): Promise<string[]> =>
    (await adapters.clickhouse.query<{ id: string }>('SELECT transition_id AS id FROM alerts FINAL')).map(({ id }) => id);
  await eventually(async () => expect((await recorded()).sort()).toEqual(followed.records.map(({ transitionId }) => transitionId).sort()));
  await followed.stop();
}
